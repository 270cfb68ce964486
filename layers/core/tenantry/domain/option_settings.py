"""What one serving option alone has a use for, as a tenant's profile says it of a model."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from tenantry.domain.base import Value
from tenantry.domain.instances import Instances


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
