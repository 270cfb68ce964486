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


def refusal(serving: Serving, isolation: Isolation) -> str | None:
    """Why this combination cannot be, or `None` when it can."""
    return REFUSALS.get((serving, isolation))
