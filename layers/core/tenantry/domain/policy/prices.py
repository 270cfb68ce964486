"""What hosting costs: on-demand prices of one region on one day, as `prices.json` beside this package keeps them."""

from datetime import date

from tenantry.domain.base import Value


class InstancePrice(Value):
    """One instance type. `gpu_gib` is the memory of its one GPU, 0 without; `scales`: automatic scaling takes it."""

    usd_per_hour: float
    vcpu: int
    memory_gib: int
    gpu_gib: int = 0
    scales: bool = True


class Prices(Value):
    """Estimates are made with these, never bills: `as_of` and `region` are said with every choice.

    Asynchronous and transform instances are metered apart and may differ; hosting prices stand for them.
    """

    as_of: date
    region: str
    serverless_usd_per_gb_second: float
    instances: dict[str, InstancePrice]
