"""What a user writes: tenant and fleet profiles, as JSON in the drop bucket.

Unknown keys are errors. What can be judged without asking anybody is judged here; whether a named fleet exists is
judged by `register_tenant`.
"""

import json
import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, ValidationError, model_validator

from tenantry.domain.base import Value
from tenantry.domain.errors import Rejected
from tenantry.domain.instances import USUAL_TYPE, Instances, InstanceType, accelerated, scalable
from tenantry.domain.models import Framework, FrameworkVersion, Image, ModelProfile
from tenantry.domain.names import Name
from tenantry.domain.options import FROM_ZERO, Isolation, Serving, refusal
from tenantry.domain.sharing import SharedModel
from tenantry.domain.strict_json import strictly

Email = Annotated[str, StringConstraints(pattern=r"\A[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,190}\z")]
PROFILE_BYTES = 64 * 1024
"""A profile larger than this is refused unread."""


class TenantProfile(Value):
    """`tenants/{tenant}.json`. `offboard_after` is in hours. `shared` are models of `owner`, another tenant (pool).

    `approval` manual: each version waits until somebody approves its model package in SageMaker's Model Registry.
    `mirror`: versions that went live without that are registered there, too, as approved.
    """

    isolation: Isolation
    notify: tuple[Email, ...] = ()
    approval: Literal["automatic", "manual"] = "automatic"
    mirror: bool = False
    offboard_after: Annotated[float, Field(ge=0, le=720)] = 24
    models: dict[Name, ModelProfile] = {}
    owner: Name | None = None
    shared: dict[Name, SharedModel] = {}

    @property
    def deliveries(self) -> dict[str, tuple[str, ...]]:
        """Endpoint → the models whose notices about requests go there."""
        named = sorted((endpoint, name) for name, model in self.models.items() for endpoint in model.deliver)
        return {endpoint: tuple(model for one, model in named if one == endpoint) for endpoint, _ in named}

    @model_validator(mode="after")
    def only_what_sagemaker_has(self) -> Self:
        for name, model in self.models.items():
            if isinstance(model.serving, Serving) and (why := refusal(model.serving, self.isolation)):
                raise ValueError(
                    f"model {name}: {model.serving} with isolation {self.isolation} is not possible: {why}"
                )
        return self

    @model_validator(mode="after")
    def what_may_be_shared(self) -> Self:
        if self.isolation is not Isolation.POOL and (self.owner or self.shared):
            raise ValueError(f"{'shared' if self.shared else 'owner'}: only isolation pool shares a model")
        if self.shared and self.owner is None:
            raise ValueError('shared: name the tenant whose models they are, as in "owner": "vendor"')
        if self.owner and not self.shared:
            raise ValueError('owner: name the models that are shared, as in "shared": {"churn": {}}')
        if both := sorted(self.shared.keys() & self.models.keys()):
            raise ValueError(f"shared.{both[0]}: it is named under models, too; a model is one's own or shared")
        return self


_TRITON_GPUS = re.compile(r"ml\.(?:p2|p3|g4dn|g5)\.")


class FleetProfile(Value):
    """`fleets/{fleet}.json`: a named set of shared hosts with one serving image; of one `tenant` alone, where named."""

    serving: Literal[Serving.MULTI_MODEL, Serving.MULTI_CONTAINER, Serving.INFERENCE_COMPONENT] = Serving.MULTI_MODEL
    framework: Framework
    framework_version: FrameworkVersion | None = None
    image: Image | None = None
    instance_type: InstanceType = USUAL_TYPE
    instances: Instances = Field(default_factory=Instances)
    trust: Literal["vendor", "tenant"] = "vendor"
    network: bool = False
    tenant: Name | None = None
    grace: Annotated[float, Field(ge=0, le=720)] = 1

    @model_validator(mode="after")
    def an_instance_that_can_host_it(self) -> Self:
        if self.framework == "custom" and self.image is None:
            raise ValueError("framework custom needs an image")
        scalable(self.instance_type, self.instances, zero=self.serving in FROM_ZERO)
        if not accelerated(self.instance_type) or self.serving is Serving.INFERENCE_COMPONENT:
            return self
        if self.serving is Serving.MULTI_CONTAINER:
            raise ValueError(
                f"{self.instance_type} has an accelerator, and a multi-container endpoint runs on CPUs only "
                "(SageMaker guide, multi-container-direct): take a CPU type such as ml.m5.large"
            )
        if self.framework != "triton":
            raise ValueError(
                f"{self.instance_type} has an accelerator, and a multi-model host uses one with the Triton image only "
                "(SageMaker guide, multi-model-support): take a CPU type such as ml.m5.large, or framework triton"
            )
        if not _TRITON_GPUS.match(self.instance_type):
            raise ValueError(
                f"{self.instance_type} cannot host a multi-model endpoint: Triton runs there on single-GPU "
                "ml.p2, ml.p3, ml.g4dn and ml.g5 types only (SageMaker guide, multi-model-support)"
            )
        return self


def parse_profile[P: BaseModel](kind: type[P], body: bytes) -> P:
    """The profile in these bytes; Rejected, with one sentence per mistake, when there is none."""
    if len(body) > PROFILE_BYTES:
        raise Rejected(f"the profile has {len(body):,} bytes; {PROFILE_BYTES:,} is the most")
    try:
        value = strictly(body)
    except (ValueError, RecursionError) as error:
        raise Rejected(f"the profile is not JSON: {error}") from error
    try:
        return kind.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise Rejected("; ".join(_mistake(one) for one in error.errors()[:5])) from error


def _mistake(error: object) -> str:
    assert isinstance(error, dict)
    where = ".".join(str(part) for part in error["loc"]) or "the profile"
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such setting"
    return f"{where}: {str(error['msg']).removeprefix('Value error, ')}"
