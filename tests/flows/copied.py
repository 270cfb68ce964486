"""A copy of a quiet world, so that a thousand runs begin where one road led."""

import copy
from collections import defaultdict

from tenantry.adapters.memory.artifacts import MemoryArtifacts
from tenantry.adapters.memory.channels import MemoryChannels
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.adapters.memory.hosting import MemoryHosting
from tenantry.adapters.memory.machines import MemoryMachines
from tenantry.adapters.memory.metrics import MemoryMetrics
from tenantry.adapters.memory.registry import MemoryRegistry
from tenantry.adapters.memory.schedules import MemorySchedules
from tests.flows.adversary import Arena
from tests.flows.archives import behave
from tests.flows.faults import Chair
from tests.flows.permits import Permits
from tests.flows.twins import Twins

_JUDGED: set[tuple[str, str, str, str]] = set()


def copied(arena: Arena) -> Arena:
    """Another arena in the same state. Nothing may be under way, and no chair comes along."""
    assert not arena._queue
    assert not arena._letters
    made = copy.copy(arena)
    made.twins = _twins(arena.twins)
    made.permits = Permits(made.twins)
    made.permits._judged = _JUDGED
    made.chair = Chair()
    for name in ("executions", "dead_letters", "sent", "planted"):
        setattr(made, name, copy.copy(getattr(arena, name)))
    made._queue, made._letters, made._wakes = [], [], set()
    made._faults, made._bends = defaultdict(list), {}
    return made


def _twins(old: Twins) -> Twins:
    clock = MemoryClock(old.clock.now())
    artifacts = MemoryArtifacts(clock)
    artifacts._made = old.artifacts._made
    for bucket, keys in old.artifacts._buckets.items():
        artifacts._buckets[bucket] = {key: list(entries) for key, entries in keys.items()}
    return Twins(
        settings=old.settings,
        clock=clock,
        registry=_registry(old.registry),
        artifacts=artifacts,
        hosting=_hosting(old.hosting, clock, artifacts),
        channels=_channels(old.channels),
        machines=_machines(old.machines),
        schedules=_schedules(old.schedules),
        metrics=_metrics(old.metrics, clock),
        images=old.images,
        prices=old.prices,
    )


def _registry(old: MemoryRegistry) -> MemoryRegistry:
    made = MemoryRegistry()
    made._partitions = defaultdict(dict, {key: dict(rows) for key, rows in old._partitions.items()})
    made._work = dict(old._work)
    return made


def _hosting(old: MemoryHosting, clock: MemoryClock, artifacts: MemoryArtifacts) -> MemoryHosting:
    made = MemoryHosting(clock, artifacts, durations=old.durations, behave=behave)
    for name in ("models", "configs", "targets", "policies", "alarms", "doomed"):
        getattr(made.control, name).update(getattr(old.control, name))
    made.control.endpoints.update(copy.deepcopy(old.control.endpoints))
    made.control.components.all.update(copy.deepcopy(old.control.components.all))
    made._used, made.queues.waiting = old._used, list(old.queues.waiting)
    made.packaged.groups.update(copy.deepcopy(old.packaged.groups))
    made.jobs.all.update({name: copy.copy(job) for name, job in old.jobs.all.items()})
    return made


def _channels(old: MemoryChannels) -> MemoryChannels:
    made = MemoryChannels()
    made.topics = {arn: set(emails) for arn, emails in old.topics.items()}
    made.notices, made.mails = list(old.notices), list(old.mails)
    made.deliveries = {arn: dict(there) for arn, there in old.deliveries.items()}
    return made


def _schedules(old: MemorySchedules) -> MemorySchedules:
    made = MemorySchedules()
    made.all = dict(old.all)
    return made


def _metrics(old: MemoryMetrics, clock: MemoryClock) -> MemoryMetrics:
    made = MemoryMetrics(clock, old.told)
    made.published, made.states = list(old.published), dict(old.states)
    return made


def _machines(old: MemoryMachines) -> MemoryMachines:
    made = MemoryMachines()
    made.executions = {key: copy.copy(run) for key, run in old.executions.items()}
    return made
