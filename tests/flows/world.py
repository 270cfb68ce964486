"""The whole control plane in virtual time: the real machines and functions over the memory twins of the ports."""

import heapq
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tenantry.domain.base import Row
from tenantry.domain.notices import Notice, NoticeRow
from tenantry.domain.routes import Route
from tenantry.domain.tenants import FleetRow, TenantRow
from tenantry.domain.versions import Upload
from tenantry.ports import ObjectVersion
from tests.flows.interpreter import Execution, load
from tests.flows.permits import Permits
from tests.flows.told import obituary, package_event, s3_event
from tests.flows.twins import ROOT, called, twins

MACHINES = {path.name.split(".")[0]: path for path in (ROOT / "statemachines").glob("*.asl.yaml")}
VERBS = [path.stem for path in (ROOT / "functions").glob("*.py")]
EVERY = {"relay_notices": 60, "sweep_registry": 300, "keep_warm": 300}
"""The schedules of the template, in seconds."""
MOST_RECEIVES = 5


@dataclass
class World:
    """Drop something, `run` until nothing is left to do, then look. Nothing in here waits for real.

    `beside`: the functions of several executions run at the same time, as on Lambda, instead of one after another.
    """

    poll_seconds: int = 15
    most_checks: int = 63
    scheduled: bool = False
    events: bool = True
    beside: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.twins = twins(**self.settings)
        self.permits = Permits(self.twins)
        self.executions: dict[tuple[str, str], Execution] = {}
        self.dead_letters: list[str] = []
        self.sent: list[str] = []
        self._machines = {name.replace("_", "-"): load(path, self._substitutions()) for name, path in MACHINES.items()}
        self._faults: dict[str, list[tuple[Exception, bool]]] = defaultdict(list)
        self._bends: dict[str, Callable[[Any], Any]] = {}
        self._queue: list[tuple[datetime, int, Any]] = []
        self._number = itertools.count()
        self._letters: list[tuple[str, int]] = []
        self._wakes: set[datetime] = set()
        self.delivers: Callable[[list[str]], list[str]] = list
        """What the queue gets of what SageMaker tells its topics."""
        if self.scheduled:
            for verb, seconds in EVERY.items():
                self._push(self.now() + timedelta(seconds=seconds), self._ticks(verb, seconds))

    # --- what a user does ---------------------------------------------------------------------------------------

    def drop(self, key: str, body: bytes | dict[str, Any]) -> ObjectVersion:
        """Put an object into the drop bucket; S3 tells of it."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        made = self.twins.artifacts.put(self.twins.settings.drop_bucket, key, content)
        self._tell("Object Created", made)
        return made

    def delete(self, key: str) -> ObjectVersion:
        made = self.twins.artifacts.discard(self.twins.settings.drop_bucket, key)
        self._tell("Object Deleted", made)
        return made

    def replay(self) -> None:
        """Every event ever sent, once more."""
        self._letters += [(body, 0) for body in self.sent]

    def fail(self, verb: str, error: Exception, times: int = 1, *, after: bool = False) -> None:
        """The next calls of a function fail, before they do anything or after they did everything."""
        self._faults[verb] += [(error, after)] * times

    def bend(self, verb: str, change: Callable[[Any], Any]) -> None:
        """From now on a function's answer is changed by this."""
        self._bends[verb] = change

    def slow_down(self, **seconds: float) -> None:
        """From now on SageMaker takes so long to create, update, delete, load or infer."""
        control, hosting = self.twins.hosting.control, self.twins.hosting
        hosting.durations = control._durations = replace(hosting.durations, **seconds)

    def fire(self, name: str) -> None:
        """The enabled schedules whose names begin so fire now."""
        for _, one in sorted((key, one) for key, one in self.twins.schedules.all.items() if key.startswith(name)):
            if one.enabled:
                self.twins.machines.start("run-batch", f"fired-{len(self.twins.machines.executions)}", one.payload)

    # --- time ---------------------------------------------------------------------------------------------------

    def run(self, until: timedelta | None = None) -> None:
        """Until nothing is left to do, or until so much time has passed."""
        limit = None if until is None else self.now() + until
        while True:
            self._deliver()
            self._hear()
            self._adopt()
            if not self._queue or (limit and self._queue[0][0] > limit) or (limit is None and self._only_ticks()):
                break
            moment, _, steps = heapq.heappop(self._queue)
            self.twins.clock.advance_to(moment)
            if (wake := next(steps, None)) is not None:
                self._push(wake, steps)
            elif isinstance(steps, _Running):
                self._ended(steps.execution)
        if limit:
            self.twins.clock.advance_to(limit)

    def now(self) -> datetime:
        return self.twins.clock.now()

    # --- what one sees ------------------------------------------------------------------------------------------

    def route(self, tenant: str, model: str) -> Route | None:
        return self.twins.registry.get(Route, Route.at(tenant, model))

    def versions(self, tenant: str, model: str, version: str | None = None) -> list[Upload]:
        """Uploads, oldest first."""
        rows = self.twins.registry.rows(Upload, f"TENANT#{tenant}", f"UPLOAD#{model}#")
        return sorted((row for row in rows if version in {None, row.version}), key=lambda row: row.order)

    def version(self, tenant: str, model: str, version: str) -> Upload:
        """The newest upload of this version."""
        return self.versions(tenant, model, version)[-1]

    def tenant(self, name: str) -> TenantRow:
        return self._existing(TenantRow, TenantRow.at(name))

    def fleet(self, name: str) -> FleetRow:
        return self._existing(FleetRow, FleetRow.at(name))

    def notices(self, audience: str) -> list[Notice]:
        """Everything a tenant (or the operator: "") was or will be told, oldest first."""
        partition = f"TENANT#{audience}" if audience else "OPERATOR"
        rows = self.twins.registry.rows(NoticeRow, partition, "NOTICE#")
        return sorted((row.notice for row in rows), key=lambda notice: notice.at)

    def runs(self, machine: str) -> list[Execution]:
        return [run for (name, _), run in self.executions.items() if name == machine]

    def last(self, machine: str) -> Execution:
        return self.runs(machine)[-1]

    def spent(self, began: datetime) -> datetime | None:
        """When what began then has ended, if it took its time beside others; for them the clock shows its beginning."""
        ended = self.now()
        if not self.beside or ended == began:
            return None
        self.twins.clock.back_to(began)
        return ended

    def invoke(self, function: str, payload: Any) -> Any:
        """Run a function as Lambda does: JSON in, JSON out."""
        error, after = self._faults[function].pop(0) if self._faults[function] else (None, False)
        if error and not after:
            raise error
        with self.permits.of(function) as app:
            answer = called(function, payload, app)
        if error:
            raise error
        return self._bends[function](answer) if function in self._bends else answer

    # --- the plumbing -------------------------------------------------------------------------------------------

    def _existing[R: Row](self, kind: type[R], key: tuple[str, str]) -> R:
        row = self.twins.registry.get(kind, key)
        assert row is not None, f"no {kind.__name__} {key}"
        return row

    def _tell(self, what: str, made: ObjectVersion) -> None:
        self.sent.append(s3_event(what, made, self.now()))
        if self.events:
            self._letters.append((self.sent[-1], 0))

    def _deliver(self) -> None:
        while self._letters:
            body, received = self._letters.pop(0)
            if self._failed(body):
                again = [(body, received + 1)] if received + 1 < MOST_RECEIVES else []
                self._letters += again
                self.dead_letters += [] if again else [body]

    def _hear(self) -> None:
        """What SageMaker tells of asynchronous requests; and wake when it will have more to tell."""
        queues = self.twins.hosting.queues
        queues.settle()
        self._hear_of_packages()
        told, queues.told = self.delivers(queues.told), []
        for body in told:
            if all(self._failed(body, "relay_answer") for _ in range(MOST_RECEIVES)):
                self.dead_letters.append(body)
        moment = queues.next_at()
        if moment and moment not in self._wakes:
            self._wakes.add(moment)
            self._push(moment, _Waking())

    def _hear_of_packages(self) -> None:
        """What the rule lets through: that somebody has decided."""
        registry = self.twins.hosting.packaged
        told, registry.told = registry.told, []
        for detail in told:
            if self.events and detail["ModelApprovalStatus"] in {"Approved", "Rejected"}:
                self._take(package_event(detail))

    def _take(self, event: dict[str, Any]) -> None:
        """As Lambda does with an event: three times, then it is a dead letter."""
        for _ in range(3):
            with suppress(Exception):
                self.invoke("take_approval", event)
                return
        self.dead_letters.append(json.dumps(event))

    def _failed(self, body: str, function: str = "receive_drop") -> bool:
        try:
            self.invoke(function, body)
        except Exception:
            return True
        return False

    def _adopt(self) -> None:
        """Begin what the functions have started."""
        for key, started in list(self.twins.machines.executions.items()):
            if key not in self.executions:
                run = Execution(self._machines[started.machine], started.payload, self, started.name)
                self.executions[key] = run
                self._push(self.now(), _Running(run))

    def _ended(self, run: Execution) -> None:
        machine, name = next(key for key, one in self.executions.items() if one is run)
        self.twins.machines.finish(machine, name, run.status)
        if self.events and run.status != "SUCCEEDED":
            self.invoke("close_execution", obituary(machine, run))

    def _ticks(self, verb: str, seconds: int) -> Iterator[datetime]:
        while True:
            self.invoke(verb, {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
            yield self.now() + timedelta(seconds=seconds)

    def _only_ticks(self) -> bool:
        return not any(isinstance(steps, _Running | _Waking) for _, _, steps in self._queue)

    def _push(self, moment: datetime, steps: Iterator[datetime]) -> None:
        heapq.heappush(self._queue, (moment, next(self._number), steps))

    def _substitutions(self) -> dict[str, str]:
        functions = {"".join(map(str.capitalize, verb.split("_"))) + "Function": verb for verb in VERBS}
        numbers = {"PollSeconds": str(self.poll_seconds), "MostChecks": str(self.most_checks)}
        return {"Partition": "aws", **numbers, **functions}


class _Waking(Iterator[datetime]):
    """Nothing but a moment to look at."""

    def __next__(self) -> datetime:
        raise StopIteration


class _Running(Iterator[datetime]):
    """An execution on its way."""

    def __init__(self, execution: Execution) -> None:
        self.execution, self._steps = execution, execution.steps()

    def __next__(self) -> datetime:
        return next(self._steps)
