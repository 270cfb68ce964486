"""Which serving option is legal for which isolation: one table, each cell with its source."""

from enum import StrEnum


class Isolation(StrEnum):
    """How far a tenant is kept from its neighbours."""

    SILO = "silo"
    BRIDGE = "bridge"
    POOL = "pool"


class Serving(StrEnum):
    """The ways SageMaker can serve a version."""

    REAL_TIME = "real-time"
    SERVERLESS = "serverless"
    ASYNCHRONOUS = "asynchronous"
    MULTI_MODEL = "multi-model"
    MULTI_CONTAINER = "multi-container"
    INFERENCE_COMPONENT = "inference-component"
    BATCH_TRANSFORM = "batch-transform"


DEDICATED = frozenset({Serving.REAL_TIME, Serving.SERVERLESS, Serving.ASYNCHRONOUS, Serving.BATCH_TRANSFORM})
"""Each version has a host of its own."""
UNCALLED = frozenset({Serving.BATCH_TRANSFORM})
"""No endpoint stands behind such a host: jobs run a version, and nobody can call it."""
FLEET_ONLY = frozenset({Serving.MULTI_MODEL, Serving.MULTI_CONTAINER, Serving.INFERENCE_COMPONENT})
"""The host is a fleet's. A silo tenant's components run on a fleet of its own."""
FROM_ZERO = frozenset({Serving.ASYNCHRONOUS, Serving.INFERENCE_COMPONENT})
"""A host may have no instances while nobody calls it: requests wait in its queue, or fail until a copy is back."""
BILLED_STANDING_BY = frozenset({Serving.REAL_TIME, Serving.MULTI_CONTAINER, Serving.INFERENCE_COMPONENT})
"""What is kept for rolling back has instances, or a part of one."""
FOLLOWING = frozenset({Serving.MULTI_MODEL, Serving.MULTI_CONTAINER})
"""What is loaded on such a host can be loaded on its next endpoint. A component belongs to the one it was made on."""
SELECTORS = {
    Serving.MULTI_MODEL: "TargetModel",
    Serving.MULTI_CONTAINER: "TargetContainerHostname",
    Serving.INFERENCE_COMPONENT: "InferenceComponentName",
}
"""The parameter of an invocation that selects a version on a host with several; the others have one (aws.md 1.1)."""

POLICY = "Tenantry's policy"

REFUSALS: dict[tuple[Serving, Isolation], str] = {
    (Serving.REAL_TIME, Isolation.BRIDGE): (
        f"a real-time endpoint holds one model, so a tenant's own model cannot share it ({POLICY}): "
        "use multi-model or inference-component, or isolation silo"
    ),
    (Serving.SERVERLESS, Isolation.BRIDGE): (
        "a serverless endpoint cannot host several models (SageMaker guide, serverless-endpoints): "
        "use multi-model or inference-component, or isolation silo"
    ),
    (Serving.ASYNCHRONOUS, Isolation.BRIDGE): (
        "an asynchronous endpoint cannot host several models (SageMaker guide, model-deploy-feature-matrix): "
        "use isolation silo, or pool for one shared model"
    ),
    (Serving.MULTI_MODEL, Isolation.SILO): (
        f"a multi-model endpoint is a shared host ({POLICY}): use isolation bridge, or real-time for a silo"
    ),
    (Serving.MULTI_CONTAINER, Isolation.SILO): (
        f"a multi-container endpoint is a shared host ({POLICY}): use isolation bridge, or real-time for a silo"
    ),
}
"""Every combination that is refused, with the sentence that says why. What is not here is legal."""


def uncalled(tenant: str, model: str) -> str:
    """Why nobody can call a model that jobs serve, and what to do instead."""
    return f"model {model} is served by batch jobs: drop files under batches/{tenant}/{model}/{{batch}}/ instead"


def refusal(serving: Serving, isolation: Isolation) -> str | None:
    """Why this combination cannot be, or `None` when it can."""
    return REFUSALS.get((serving, isolation))
