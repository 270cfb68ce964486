"""What a model is declared to need: the only thing about its traffic that the policy knows."""

from typing import Annotated, Literal

from pydantic import Field

from tenantry.domain.base import Value

Way = Literal["immediate", "later", "batch"]
"""How answers come: on the line, through S3 request by request, or through S3 file by file."""


class Needs(Value):
    """Declared needs; every one has a default that fits a small model behind a user interface.

    `latency` is the longest wait for one answer: milliseconds, "minutes", or `None` for any. `answer` is the way in and
    out that callers use; "any" leaves that to the policy too. `burstiness` is the peak of traffic over its mean.
    `seconds_per_request` is what one request takes on one vCPU (or one GPU). `artifact_bytes` is the packed size; the
    size of the uploaded one takes its place once it is known. `network` "isolated" asks for containers without any
    network, "open" for containers with one; `None` takes either.
    """

    latency: Annotated[int, Field(ge=1, le=3_600_000)] | Literal["minutes"] | None = None
    payload_bytes: Annotated[int, Field(ge=0, le=2**40)] = 1_000_000
    requests_per_day: Annotated[float, Field(ge=0, le=1e10, allow_inf_nan=False)] = 1_000
    burstiness: Annotated[float, Field(ge=1, le=10_000, allow_inf_nan=False)] = 3
    artifact_bytes: Annotated[int, Field(ge=0, le=2**45)] = 100_000_000
    seconds_per_request: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] = 0.1
    answer: Way | Literal["any"] = "immediate"
    gpu: bool = False
    network: Literal["isolated", "open"] | None = None
