"""One model of a tenant's profile: how it is served, on what, and what proves that a version works."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from tenantry.domain.base import Value
from tenantry.domain.instances import USUAL_TYPE, Instances, InstanceType, scalable
from tenantry.domain.judging import CanarySettings
from tenantry.domain.names import Name
from tenantry.domain.option_settings import AsynchronousSettings, BatchSettings, ComponentSettings, ServerlessSettings
from tenantry.domain.options import BILLED_STANDING_BY, DEDICATED, FLEET_ONLY, FROM_ZERO, Serving
from tenantry.domain.policy.chosen import Chosen
from tenantry.domain.policy.needs import Needs

Framework = Literal["sklearn", "xgboost", "pytorch", "tensorflow", "mxnet", "triton", "custom"]
FrameworkVersion = Annotated[str, StringConstraints(pattern=r"\A[0-9A-Za-z.-]{1,32}\z")]
Image = Annotated[str, StringConstraints(pattern=r"\A[!-~]{1,255}\z")]


Delivery = Annotated[
    str,
    StringConstraints(
        pattern=r"\A(?:https://[!-~]{1,1000}|arn:aws[a-z-]{0,20}:sqs:[a-z0-9-]{1,32}:\d{12}:[A-Za-z0-9_-]{1,80})\z"
    ),
]
"""Where SNS delivers to: an HTTPS endpoint, or a queue (its ARN; a topic of this kind has no FIFO queues)."""


class Sample(Value):
    """One request every version must answer before it goes live; `expect` is compared with the answer when given."""

    content_type: Annotated[str, StringConstraints(pattern=r"\A[!-~]{1,128}\z")] = "text/csv"
    accept: Annotated[str, StringConstraints(pattern=r"\A[!-~]{1,128}\z")] | None = None
    body: Annotated[str, StringConstraints(max_length=32_768)]
    expect: Annotated[str, StringConstraints(max_length=4_096)] | None = None


AUTO: Literal["auto"] = "auto"
"""The option is left to the placement policy, which chooses one for each version."""


class ModelProfile(Value):
    """One model of a tenant: how it is served, and what proves that a version works.

    `grace` is how long, in hours, a replaced version is kept for rolling back; `None`: as long as costs little.
    `canary`: how a swap is judged; `None`: all at once.
    On a shared host, its fleet says what runs there; on hosts of its own, the model does. `deliver` is where notices
    about its requests go beside the tenant's e-mail. `batch`: transform jobs run over what is dropped under `batches/`,
    with the version that is live; served as batch-transform, they are all that runs. `needs` is what the policy chooses
    by, where `serving` is "auto".
    """

    serving: Serving | Literal["auto"]
    needs: Needs = Needs()
    fleet: Name | None = None
    framework: Framework | None = None
    framework_version: FrameworkVersion | None = None
    image: Image | None = None
    instance_type: InstanceType = USUAL_TYPE
    instances: Instances = Instances(min=1, max=1)
    network: bool = False
    serverless: ServerlessSettings = ServerlessSettings()
    asynchronous: AsynchronousSettings = AsynchronousSettings()
    deliver: Annotated[tuple[Delivery, ...], Field(max_length=10)] = ()
    component: ComponentSettings = ComponentSettings()
    batch: BatchSettings | None = None
    sample: Sample
    order: Literal["upload", "number"] = "upload"
    grace: Annotated[float, Field(ge=0, le=720)] | None = None
    canary: CanarySettings | None = None

    @property
    def kept_hours(self) -> float:
        """The grace period: a day where standing by costs nothing, an hour where instances bill."""
        if self.grace is not None:
            return self.grace
        return 1 if self.serving in BILLED_STANDING_BY or self._always_has_some else 24

    def kept_hours_of(self, replaced: Serving | None) -> float:
        """The grace period of a version that was served otherwise, before the profile changed."""
        billed = self.grace is None and replaced in BILLED_STANDING_BY
        return 1 if billed else self.kept_hours

    @property
    def jobs(self) -> BatchSettings | None:
        """How its transform jobs run, `None` when it has none; served by them alone, it need not say how."""
        return self.batch or (BatchSettings() if self.serving is Serving.BATCH_TRANSFORM else None)

    @property
    def _always_has_some(self) -> bool:
        """Of an option that can be at zero: instances, or provisioned capacity, that stay while nobody calls."""
        if self.serving is Serving.ASYNCHRONOUS:
            return self.instances.min > 0
        return self.serving is Serving.SERVERLESS and self.serverless.provisioned > 0

    @property
    def sleeps(self) -> bool:
        """Whether it may have nothing to run on while nobody calls it: then it is not kept warm."""
        return self.serving is Serving.INFERENCE_COMPONENT and self.component.copies.min == 0

    @property
    def reaches_out(self) -> bool:
        """Whether its own hosts can reach a network: serverless ones always can, and so can transform jobs."""
        return self.network or self.serving in {Serving.SERVERLESS, Serving.BATCH_TRANSFORM}

    def as_chosen(self, chosen: Chosen) -> Self:
        """This profile as if it named the option, the fleet and the capacity that the policy chose."""
        fields = type(self).model_fields
        idle = {name: fields[name].default for name in (*_unused(chosen.option), "needs")}
        changes = idle | {"serving": chosen.option, "fleet": chosen.fleet}
        if chosen.fleet:
            return self.model_copy(update=changes)
        if chosen.most:
            changes["instances"] = Instances.model_construct(min=chosen.least, max=chosen.most)
        if chosen.option is Serving.BATCH_TRANSFORM:
            room = chosen.instance_type, chosen.most, self.needs.payload_bytes
            jobs = (self.batch or BatchSettings()).with_room(*room)
            changes |= {"batch": jobs, "instances": fields["instances"].default, "canary": None}
        elif chosen.instance_type:
            changes["instance_type"] = chosen.instance_type
        if chosen.memory_mb:
            concurrency = max(self.serverless.concurrency, chosen.at_once or 0)
            changes["serverless"] = ServerlessSettings(memory=chosen.memory_mb, concurrency=concurrency)
        return self.model_copy(update=changes)

    @model_validator(mode="after")
    def what_the_policy_chooses(self) -> Self:
        if self.serving == AUTO and self.fleet is not None:
            raise ValueError("serving auto chooses the fleet, too: leave fleet out, or name an option")
        if self.serving != AUTO and self.needs != Needs():
            raise ValueError('needs: that belongs to serving "auto"')
        return self

    @model_validator(mode="after")
    def settings_of_its_option(self) -> Self:
        if not isinstance(self.serving, Serving):
            return self
        if self.serving in FLEET_ONLY and self.fleet is None:
            raise ValueError(f'serving {self.serving} runs on a shared host: name its fleet, as in "fleet": "sklearn"')
        if self.serving in DEDICATED and self.fleet is not None:
            raise ValueError(f"serving {self.serving} has hosts of its own: leave fleet out")
        defaults = type(self).model_fields
        if unused := sorted(name for name in _unused(self.serving) if getattr(self, name) != defaults[name].default):
            raise ValueError(f"{unused[0]}: {_why_unused(unused[0], self.serving)}")
        return self

    @model_validator(mode="after")
    def calls_to_divide(self) -> Self:
        if self.canary and self.serving is Serving.BATCH_TRANSFORM:
            raise ValueError("canary: a batch job has no calls to divide between two versions")
        return self

    @model_validator(mode="after")
    def an_image_to_run(self) -> Self:
        if self.fleet is None and self.framework is None:
            raise ValueError('a host of its own needs an image: name its framework, as in "framework": "sklearn"')
        if self.framework == "custom" and self.image is None:
            raise ValueError("framework custom needs an image")
        if self.fleet is None:
            scalable(self.instance_type, self.instances, zero=self.serving in FROM_ZERO)
        return self


_OF_A_HOST = {"framework", "framework_version", "image", "instance_type", "instances", "network"}
_OF_AN_OPTION = {
    "serverless": Serving.SERVERLESS,
    "asynchronous": Serving.ASYNCHRONOUS,
    "deliver": Serving.ASYNCHRONOUS,
    "component": Serving.INFERENCE_COMPONENT,
}
"""Settings that one option alone has a use for."""
_WHY_UNUSED: dict[Serving, str] = {
    Serving.SERVERLESS: "a serverless endpoint has no instances and no network isolation (SageMaker guide, "
    "serverless-endpoints): say how much it takes under serverless, or use serving real-time",
    Serving.BATCH_TRANSFORM: "a transform job has no network isolation, and no instances between jobs (SageMaker "
    "guide, model-deploy-feature-matrix): say what it runs on under batch, and leave network out",
    Serving.MULTI_MODEL: "on a shared host that is the fleet's to say: put it into fleets/{fleet}.json",
    Serving.MULTI_CONTAINER: "on a shared host that is the fleet's to say: put it into fleets/{fleet}.json",
    Serving.INFERENCE_COMPONENT: "on a shared host that is the fleet's to say: put it into fleets/{fleet}.json",
}


def _unused(serving: Serving) -> set[str]:
    """Settings that this option has no use for, and which would mislead if they were passed over."""
    others = {name for name, option in _OF_AN_OPTION.items() if option is not serving}
    if serving in FLEET_ONLY:
        return _OF_A_HOST | others
    without = {Serving.SERVERLESS, Serving.BATCH_TRANSFORM}
    return others | ({"instance_type", "instances", "network"} if serving in without else set())


def _why_unused(name: str, serving: Serving) -> str:
    option = _OF_AN_OPTION.get(name)
    return f"that belongs to serving {option}, and this is {serving}" if option else _WHY_UNUSED[serving]
