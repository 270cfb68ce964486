"""SageMaker in memory: a scriptable world of multi-model endpoints, deterministic, in the time of the clock twin."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import RLock

from tenantry.adapters.gate import Gate, OpenGate
from tenantry.adapters.memory.artifacts import MemoryArtifacts, place
from tenantry.adapters.memory.control import Control
from tenantry.adapters.memory.endpoints import READY, Copy, Durations, Endpoint
from tenantry.adapters.memory.faults import Faults
from tenantry.adapters.memory.guard import warn_inside_lambda
from tenantry.adapters.memory.jobs import MemoryJobs
from tenantry.adapters.memory.packages import MemoryPackages
from tenantry.adapters.memory.queues import MemoryQueues
from tenantry.domain.hosting import SAMPLES
from tenantry.domain.options import Serving
from tenantry.domain.plans import Call
from tenantry.ports import (
    Address,
    Answer,
    Asked,
    Clock,
    ComponentView,
    EndpointView,
    JobView,
    PackageView,
    Receipt,
    Standing,
)

USUAL = Durations()
CUT_AFTER = 60.0
"""Seconds after which SageMaker answers "not ready" while it goes on loading."""

Behave = Callable[[str, bytes, bytes], Answer]
"""Target, artifact, body → what the container answers. A status of 500 or more means that the model did not load."""


def name_itself(target: str, artifact: bytes, body: bytes) -> Answer:
    """Every model answers with its own target, so that a test sees which one answered."""
    del artifact, body
    return Answer(outcome="ok", took_ms=0, body=target.encode(), content_type="text/plain")


class MemoryHosting:
    """The `Hosting` port. `room` is how many models an instance holds; `calls` what was carried out, in order."""

    def __init__(
        self,
        clock: Clock,
        artifacts: MemoryArtifacts,
        *,
        durations: Durations = USUAL,
        room: int | None = None,
        behave: Behave = name_itself,
        gate: Gate | None = None,
    ) -> None:
        warn_inside_lambda(self)
        self.faults, self.calls, self.loads = Faults(), list[Call](), list[tuple[str, str]]()
        self.behave, self.durations, self.publishes = behave, durations, True
        self._clock, self._artifacts, self._gate = clock, artifacts, gate or OpenGate()
        self._lock, self._used = RLock(), 0
        self.control = Control(clock, durations, room)
        self.control.flaw_of = self._flaw_of
        self.queues = MemoryQueues(clock, artifacts, self.control, self._queued)
        self.jobs = MemoryJobs(clock, artifacts, self.control.models, self.control.doomed, self.run)
        self.packaged = MemoryPackages(clock)
        self.control.does |= self.jobs.does | self.packaged.does

    def carry_out(self, call: Call) -> None:
        self._gate.wait(call.operation)
        with self._lock, self.faults.around(call.operation):
            self.calls.append(call)
            self.control.carry_out(call)

    def endpoint(self, name: str) -> EndpointView | None:
        self._gate.wait("DescribeEndpoint")
        with self._lock, self.faults.around("endpoint"):
            found = self.control.find(name)
        return None if found is None else found.view()

    def component(self, name: str) -> ComponentView | None:
        self._gate.wait("DescribeInferenceComponent")
        with self._lock, self.faults.around("component"):
            return self.control.components.view(name)

    def job(self, name: str) -> JobView | None:
        self._gate.wait("DescribeTransformJob")
        with self._lock, self.faults.around("job"):
            return self.jobs.view(name)

    def package(self, arn: str) -> PackageView | None:
        self._gate.wait("DescribeModelPackage")
        with self._lock, self.faults.around("package"):
            return self.packaged.view(arn)

    def packages(self, group: str, since: datetime) -> list[PackageView]:
        self._gate.wait("ListModelPackages")
        with self._lock, self.faults.around("packages"):
            return self.packaged.made_since(group, since)

    def package_group(self, name: str) -> bool:
        self._gate.wait("DescribeModelPackageGroup")
        with self._lock, self.faults.around("package_group"):
            return name in self.packaged.groups

    def endpoints(self, contains: str, before: datetime) -> list[Standing]:
        with self._lock, self.faults.around("endpoints"):
            found = [self.control.find(name) for name in sorted(self.control.endpoints) if contains in name]
        return [one.standing() for one in found if one and one.created_at < before]

    def tags(self, arn: str) -> dict[str, str]:
        with self._lock, self.faults.around("tags"):
            found = self.control.find(arn.rpartition("/")[2])
        return dict(found.tags) if found else {}

    def probe(
        self, address: Address, body: bytes, content_type: str, accept: str | None = None, count: int = 1
    ) -> list[Answer]:
        del content_type, accept
        with self._lock, self.faults.around("probe"):
            ask = self._sampled if address.serving is Serving.ASYNCHRONOUS else self._invoke
            answers = [ask(address, body, nth) for nth in range(count)]
        self._clock.sleep(max((one.took_ms for one in answers), default=0) / 1000)
        return answers

    def enqueue(self, endpoint: str, asked: Asked) -> Receipt:
        with self._lock, self.faults.around("enqueue"):
            return self.queues.enqueue(endpoint, asked)

    def backlog(self, endpoint: str) -> int | None:
        with self._lock, self.faults.around("backlog"):
            return self.queues.backlog(endpoint) if self.publishes else None

    def loaded_models(self, endpoint: str) -> int | None:
        with self._lock:
            found = self.control.find(endpoint) if self.publishes else None
            now = self._clock.now()
            copies = [one for each in (found.instances if found else []) for one in each.copies.values()]
        return sum(one.ready_at <= now for one in copies) if found else None

    def replace_instance(self, endpoint: str, number: int) -> None:
        """An instance goes and an empty one takes its place."""
        with self._lock:
            self.control.existing(endpoint).instances[number].copies.clear()

    def loaded(self, endpoint: str) -> list[set[str]]:
        """The targets in the memory of each instance."""
        with self._lock:
            return [set(one.copies) for one in self.control.existing(endpoint).instances]

    def _invoke(self, address: Address, body: bytes, nth: int) -> Answer:
        target, found = address.target, self.control.find(address.endpoint)
        if found is None or found.status not in READY or not found.instances:
            return _invalid(f"Endpoint {address.endpoint} of account 123456789012 not found.")
        component = address.serving is Serving.INFERENCE_COMPONENT
        if component and (refusal := self.control.components.refusal(target, found.name)):
            return refusal
        if address.serving is Serving.MULTI_CONTAINER and target not in found.containers:
            return _invalid(f"TargetContainerHostname {target} is no container of endpoint {found.name}.")
        instance = found.serving(target, nth)
        if target not in instance.copies:
            artifact = self._artifacts.lying_at(self._model(found, address))
            if artifact is None:
                return _invalid(f"Failed to download model data for {target}")
            seconds = self.durations.load if address.serving is Serving.MULTI_MODEL else 0
            instance.load(target, Copy(artifact, self._later(seconds), 0))
            self.loads.append((address.endpoint, target))
        self._used += 1
        copy = instance.copies[target]
        copy.used = self._used
        return self._answer(copy, instance.copies, target, body)

    def _sampled(self, address: Address, body: bytes, nth: int) -> Answer:
        """Through the queue, which nobody takes from while there is no instance."""
        found = self.control.find(address.endpoint)
        if found and not found.instances and self.queues.config(address.endpoint):
            waited = "its queue gave no answer in 60 s"
            return Answer(outcome="unavailable", took_ms=round(CUT_AFTER * 1000), status=0, message=waited)
        answer = self._invoke(address, body, nth)
        self.queues.probed(f"{SAMPLES}-{self._used}", answer)
        return answer

    def _queued(self, endpoint: str, body: bytes) -> Answer:
        return self._invoke(Address(endpoint=endpoint, serving=Serving.ASYNCHRONOUS, target="", instances=1), body, 0)

    def run(self, url: str, body: bytes) -> Answer:
        """What the model of this artifact answers in a job, which loads it for itself alone."""
        artifact = self._artifacts.lying_at(url)
        if artifact is None:
            return _invalid(f"Failed to download model data from {url}")
        return self.behave(place(url)[1], artifact, body)

    def _answer(self, copy: Copy, copies: dict[str, Copy], target: str, body: bytes) -> Answer:
        wait = max(0.0, (copy.ready_at - self._clock.now()).total_seconds())
        if wait > CUT_AFTER:
            message = "Model is not ready for inference yet"
            return Answer(outcome="not_ready", took_ms=round(CUT_AFTER * 1000), status=429, message=message)
        answer = self.behave(target, copy.artifact, body)
        if answer.outcome == "model_error" and answer.status >= 500:
            del copies[target]
        return answer.model_copy(update={"took_ms": answer.took_ms + round((wait + self.durations.infer) * 1000)})

    def _model(self, endpoint: Endpoint, address: Address) -> str:
        """The S3 URL of what answers there."""
        if address.serving is Serving.INFERENCE_COMPONENT:
            return self.control.components.all[address.target].artifact
        if address.serving is Serving.MULTI_CONTAINER:
            return endpoint.containers[address.target]
        return endpoint.store + (address.target if address.selector else "")

    def _flaw_of(self, url: str) -> str:
        """Why a container with this model does not come up; empty when it does."""
        artifact = self._artifacts.lying_at(url)
        if artifact is None:
            return f"Failed to download model data from {url}"
        answer = self.behave(url, artifact, b"")
        healthy = answer.outcome == "ok" or answer.status < 500
        return "" if healthy else "The container did not pass the ping health check: " + answer.message

    def _later(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)


def _invalid(message: str) -> Answer:
    return Answer(outcome="invalid", took_ms=0, status=400, message=message)
