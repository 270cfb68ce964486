"""What one serving option alone has a use for, as a tenant's profile says it of a model."""

from math import ceil
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from tenantry.domain.base import Value
from tenantry.domain.instances import USUAL_TYPE, Instances, InstanceType, transforms
from tenantry.domain.schedules import recurring


class ServerlessSettings(Value):
    """Of a serverless endpoint: memory in MB (`None`: by the artifact's size), and how many calls at the same time.

    `provisioned` of them are kept ready, which bills while nobody calls.
    """

    memory: Annotated[int, Field(ge=1024, le=6144, multiple_of=1024)] | None = None
    concurrency: Annotated[int, Field(ge=1, le=200)] = 5
    provisioned: Annotated[int, Field(ge=0, le=200)] = 0

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.provisioned > self.concurrency:
            raise ValueError(f"provisioned {self.provisioned} is above concurrency {self.concurrency}")
        return self


class AsynchronousSettings(Value):
    """Of an asynchronous endpoint: how many requests an instance takes at the same time, and how long they may take.

    `backlog` is how many wait for each instance before another one comes. In seconds: `timeout` is how long one may be
    processed, `ttl` how long it may wait (the most of both: botocore's model of InvokeEndpointAsync).
    """

    concurrency: Annotated[int, Field(ge=1, le=1000)] = 4
    backlog: Annotated[float, Field(gt=0, le=10_000)] = 5
    timeout: Annotated[int, Field(ge=1, le=3_600)] = 900
    ttl: Annotated[int, Field(ge=60, le=21_600)] = 21_600


class ComponentSettings(Value):
    """Of an inference component: how many copies, and what each reserves on an instance: cores, MB, accelerators.

    `memory` `None`: by the artifact's size.
    """

    copies: Instances = Instances(min=1, max=1)
    cpus: Annotated[float, Field(ge=0.25, le=192)] = 1
    memory: Annotated[int, Field(ge=128, le=4_194_304)] | None = None
    accelerators: Annotated[int, Field(ge=0, le=16)] = 0


PAYLOAD_MB = 100
"""The most that all requests at the same time carry to one instance of a transform job (API reference)."""


class BatchSettings(Value):
    """Of transform jobs: when they run, what they run on, and how an input file is handed to the container.

    `schedule` `None`: only when asked to. `split` "line": each line is a record; "none": each file is one. A request
    carries `payload_mb` MB at most, and an instance gets `concurrency` of them at the same time.
    """

    schedule: Annotated[str, StringConstraints(max_length=256), AfterValidator(recurring)] | None = None
    split: Literal["line", "none"] = "line"
    instance_type: Annotated[InstanceType, AfterValidator(transforms)] = USUAL_TYPE
    instances: Annotated[int, Field(ge=1, le=100)] = 1
    payload_mb: Annotated[int, Field(ge=1, le=PAYLOAD_MB)] = 6
    concurrency: Annotated[int, Field(ge=1, le=PAYLOAD_MB)] = 1

    def with_room(self, instance_type: str | None, instances: int, payload_bytes: int) -> Self:
        """For requests of that size, and on what is big enough, unless the profile names a type itself."""
        payload = min(max(self.payload_mb, ceil(payload_bytes / 2**20)), PAYLOAD_MB)
        room: dict[str, object] = {"payload_mb": payload, "concurrency": min(self.concurrency, PAYLOAD_MB // payload)}
        if instance_type and self.instance_type == USUAL_TYPE:
            room |= {"instance_type": instance_type, "instances": max(self.instances, instances)}
        return self.model_copy(update=room)

    @model_validator(mode="after")
    def within_an_instance(self) -> Self:
        if (together := self.concurrency * self.payload_mb) > PAYLOAD_MB:
            raise ValueError(
                f"concurrency {self.concurrency} x payload_mb {self.payload_mb} is {together} MB at the same time, and "
                f"SageMaker takes {PAYLOAD_MB} at most (API reference, CreateTransformJob)"
            )
        return self
