"""How much a model takes: memory, and how many instances (or calls at once) its traffic keeps busy.

Where AWS publishes nothing, the numbers are Tenantry's assumptions and say so.
"""

from collections.abc import Iterator

from tenantry.domain.instances import runs_transforms
from tenantry.domain.options import Serving
from tenantry.domain.policy.given import Candidate, Given
from tenantry.domain.policy.limits import SERVERLESS_MB
from tenantry.domain.policy.needs import Needs
from tenantry.domain.policy.prices import InstancePrice

DAY = 86_400
RUNTIME_MB = 512
"""What a container takes before it has loaded anything; assumed, as `serving/serverless.py` does."""
WORKER_MB = 64
"""What one more model adds in a container that runs already: a worker process; assumed."""
UNPACKED = 3
"""A loaded model is about so many times its archive; assumed, as `serving/serverless.py` does."""
USABLE = 0.8
"""Of an instance's memory; SageMaker and the system take the rest, by an amount that is not published."""
BUSY = 0.7
"""How busy an instance is planned to be, so that queues stay short; assumed."""
MB_PER_VCPU = 1769
"""Serverless compute comes with memory; so many MB are one vCPU on Lambda, on which it runs (Lambda guide)."""

QUEUED = frozenset({Serving.ASYNCHRONOUS, Serving.BATCH_TRANSFORM})
"""Requests wait in S3, so a peak takes longer instead of more instances."""


def memory_mb(candidate: Candidate, needs: Needs) -> float:
    """What the loaded model needs. On a component's own endpoint old and new stand side by side during a swap."""
    loaded = UNPACKED * needs.artifact_bytes / 2**20
    if candidate.option is Serving.MULTI_MODEL:
        return WORKER_MB + loaded
    copies = 2 if candidate.option is Serving.INFERENCE_COMPONENT and not candidate.shared else 1
    return copies * (RUNTIME_MB + loaded)


def serverless_mb(needs: Needs) -> int | None:
    """The least memory setting that holds the model; `None` when none does."""
    needed = memory_mb(Candidate(option=Serving.SERVERLESS), needs)
    return next((size for size in SERVERLESS_MB if needed <= size), None)


def serverless_seconds(needs: Needs) -> float:
    """One request there: longer than on a whole vCPU when the memory brings less than that."""
    return needs.seconds_per_request * max(1.0, MB_PER_VCPU / (serverless_mb(needs) or SERVERLESS_MB[-1]))


def load(needs: Needs) -> float:
    """Mean number of requests in work at the same time: so many vCPUs (or GPUs) are busy."""
    return needs.requests_per_day * needs.seconds_per_request / DAY


def slots(kind: InstancePrice, needs: Needs) -> float:
    """How many requests one instance is planned to work on at the same time."""
    return BUSY * (1 if needs.gpu else kind.vcpu)


def mean(kind: InstancePrice, needs: Needs) -> float:
    """Instances that the mean traffic keeps busy, not rounded."""
    return load(needs) / slots(kind, needs)


def at_peak(kind: InstancePrice, needs: Needs) -> float:
    """Instances that the peak keeps busy, not rounded."""
    return needs.burstiness * mean(kind, needs)


def usable_mb(kind: InstancePrice, needs: Needs) -> float:
    """What models can have of one instance; of its GPU, for those that need one."""
    return USABLE * 1024 * (min(kind.memory_gib, kind.gpu_gib) if needs.gpu else kind.memory_gib)


def own_kinds(needs: Needs, given: Given) -> Iterator[tuple[str, InstancePrice]]:
    """Types for hosts of its own: the one the profile names, else all with a GPU or all without.

    Burstable ones have to be named: they cannot scale (aws.md 0.13).
    """
    for name, kind in sorted(given.prices.instances.items()):
        fit = kind.scales and bool(kind.gpu_gib) == needs.gpu
        if name == given.instance_type or (given.instance_type is None and fit):
            yield name, kind


def kinds(candidate: Candidate, needs: Needs, given: Given) -> list[tuple[str, InstancePrice]]:
    """The instance types the candidate can run on, as far as they are priced; empty for serverless."""
    if candidate.option is Serving.SERVERLESS or (candidate.shared and candidate.fleet is None):
        return []
    if candidate.option is Serving.BATCH_TRANSFORM:
        return [(name, kind) for name, kind in own_kinds(needs, given) if runs_transforms(name)]
    if candidate.fleet is None:
        return list(own_kinds(needs, given))
    kind = given.prices.instances.get(candidate.fleet.instance_type)
    return [(candidate.fleet.instance_type, kind)] if kind else []


def holding(candidate: Candidate, needs: Needs, given: Given) -> list[tuple[str, InstancePrice]]:
    """Those of its types that the loaded model fits on."""
    needed = memory_mb(candidate, needs)
    return [(name, kind) for name, kind in kinds(candidate, needs, given) if needed <= usable_mb(kind, needs)]


def fitting(candidate: Candidate, needs: Needs, given: Given) -> list[tuple[str, InstancePrice]]:
    """Those of them that carry the traffic, too, with the most instances there may be."""
    return [
        (name, kind)
        for name, kind in holding(candidate, needs, given)
        if busy_at_most(candidate, kind, needs) <= most_instances(candidate, kind, given)
    ]


def busy_at_most(candidate: Candidate, kind: InstancePrice, needs: Needs) -> float:
    """Instances the traffic keeps busy, not rounded: at the peak; behind a queue, on average."""
    return mean(kind, needs) if candidate.option in QUEUED else at_peak(kind, needs)


def most_instances(candidate: Candidate, kind: InstancePrice, given: Given) -> int:
    """What the fleet or the profile allows; a burstable type stays at the least."""
    instances = candidate.fleet.instances if candidate.fleet else given.instances
    return instances.max if kind.scales else instances.min
