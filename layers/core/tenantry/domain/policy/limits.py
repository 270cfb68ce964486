"""What each option can do, as SageMaker documents it (aws.md 1.1 unless marked): data that the filters read."""

from tenantry.domain.base import Value
from tenantry.domain.options import Serving
from tenantry.domain.policy.needs import Way

MB = 1_000_000
ON_THE_LINE_BYTES = 6 * 2**20
"""AWS says 25 MB in one place and 6 MB in two (aws.md 1.4); the smaller one is safe."""
MOST_AT_ONCE = 200
"""`ServerlessConfig.MaxConcurrency` at most (aws.md 1.2)."""
SERVERLESS_MB = (1024, 2048, 3072, 4096, 5120, 6144)
"""`ServerlessConfig.MemorySizeInMB` (aws.md 1.2)."""
MOST_CONTAINERS = 15
"""Of a multi-container endpoint."""


class Limits(Value):
    """`payload_bytes` of one request, `seconds` it may run, and what the option has at all.

    `isolated`: containers can be cut off the network; `vpc`: they can run in one.
    """

    payload_bytes: int
    seconds: int
    way: Way = "immediate"
    gpu: bool = True
    isolated: bool = True
    vpc: bool = True


_ON_THE_LINE = Limits(payload_bytes=ON_THE_LINE_BYTES, seconds=60)

LIMITS: dict[Serving, Limits] = {
    Serving.REAL_TIME: _ON_THE_LINE,
    Serving.SERVERLESS: Limits(payload_bytes=4 * MB, seconds=60, gpu=False, isolated=False, vpc=False),
    Serving.ASYNCHRONOUS: Limits(payload_bytes=1_000 * MB, seconds=3_600, way="later"),
    Serving.MULTI_MODEL: _ON_THE_LINE,
    Serving.MULTI_CONTAINER: Limits(payload_bytes=ON_THE_LINE_BYTES, seconds=60, gpu=False),
    Serving.INFERENCE_COMPONENT: _ON_THE_LINE,
    Serving.BATCH_TRANSFORM: Limits(payload_bytes=100 * MB, seconds=3_600, way="batch", isolated=False),
}
