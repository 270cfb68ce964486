"""A serverless variant: containers that start when requests come and go when they do not.

Facts (SageMaker developer guide, serverless-endpoints): a container serves one request at a time; there are at most
MaxConcurrency of them, beyond which calls are throttled; ProvisionedConcurrency of them are kept ready; a container has
three minutes to download its model and answer /ping; bodies have 4 MB each way.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local.hosting.container import Answer
from local.hosting.errors import ApiError, CalledTooOften, NoInstance, internal_failure, not_ready
from local.hosting.instances import CopyGone, Instance
from local.hosting.seats import Seat, Seats
from local.hosting.serverless_limits import ServerlessConfig, check_answer, check_request
from local.hosting.stopping import DRAIN_SECONDS
from local.hosting.variant import Variant

LOOK_SECONDS = 1.0
"""How often idle containers are looked for, at the least."""
SHORTEST_LOOK = 0.02


@dataclass(eq=False, kw_only=True)
class ServerlessVariant(Variant):
    """Its `instances` are the containers there are now; `desired` is 0, as no quota of instances counts them."""

    config: ServerlessConfig
    wanted: ServerlessConfig
    """What `settle` makes of it."""
    seats: Seats = field(default_factory=Seats)
    _gone: threading.Event = field(default_factory=threading.Event)
    _tidier: threading.Thread | None = None

    def grow(self, count: int) -> None:  # noqa: ARG002
        """Prove that a container comes up with the model, whatever the count; then keep what is provisioned."""
        if not self.wanted.provisioned:
            trial = self._open(provisioned=False, busy=True)
            self._start_up(trial)
            self._dismiss(trial)
            trial.ready.result()
        self.settle()

    def settle(self) -> None:
        """Work with the wanted numbers: provisioned containers are ready when this returns."""
        with self._sizing:
            self.seats.provision(self.wanted.provisioned)
            absent = max(0, self.wanted.provisioned - self.seats.provisioned())
            fresh = [self._open(provisioned=True) for _ in range(absent)]
            with ThreadPoolExecutor(max(1, absent), "provision") as pool:
                list(pool.map(self._start_up, fresh))
            if failed := [seat for seat in fresh if seat.ready.exception()]:
                self.wanted = self.config
                for seat in fresh:
                    self._dismiss(seat)
                failed[0].ready.result()
            self.config = self.wanted

    def shrink(self, count: int) -> None:
        """Take everything out: a serverless variant shrinks only when another one has taken its place."""
        self.closed = True
        self.seats.close(DRAIN_SECONDS)
        super().shrink(count)

    def retire(self, identity: str) -> None:
        """Stop a container once its request is answered; a provisioned one is replaced."""
        super().retire(identity)
        self.settle()

    def close(self) -> None:
        """Stop all containers."""
        self._gone.set()
        super().close()
        self.seats.close()

    def serve(self, target: str, body: bytes, headers: Mapping[str, str], limit: float | None = None) -> Answer:
        """One invocation in a container of its own; it waits for a cold one. `ApiError` says what the caller gets."""
        self.ground.counters.invoked(self.label.endpoint, target)
        check_request(body, self.ground.panel.now.serverless.payload_limit)
        deadline = time.monotonic() + (limit or self.ground.panel.now.invocation_limit)
        seat = self._take()
        try:
            self._await_start(seat, deadline)
            return self._ask(seat, body, headers, deadline)
        finally:
            self.seats.give_back(seat)

    def report(self) -> dict[str, Any]:
        """This variant for a curious person."""
        return {
            **super().report(),
            "serverless": self.config.members,
            "busy": self.seats.busy(),
            "idle": self.seats.idle(),
        }

    def _take_out(self, identity: str) -> Instance:
        instance = super()._take_out(identity)
        self.seats.drop(instance)
        return instance

    def _take(self) -> Seat:
        free = self.seats.take(self.config.most)
        seat = free or self._open(provisioned=False, busy=True, most=self.config.most)
        self._measure(seat)
        if free is None:
            start = partial(self._start_up, seat, cold=True)
            threading.Thread(target=start, name="cold-start", daemon=True).start()
        return seat

    def _measure(self, seat: Seat) -> None:
        busy, provisioned = self.seats.busy(), self.config.provisioned
        self._count("ServerlessConcurrentExecutionsUtilization", busy / self.config.most)
        if provisioned:
            used = self.seats.busy(provisioned=True)
            self._count("ServerlessProvisionedConcurrencyExecutions", float(used))
            self._count("ServerlessProvisionedConcurrencyUtilization", used / provisioned)
            self._count("ServerlessProvisionedConcurrencyInvocations", float(seat.provisioned))
            self._count("ServerlessProvisionedConcurrencySpilloverInvocations", float(not seat.provisioned))

    def _open(self, *, provisioned: bool, busy: bool = False, most: int | None = None) -> Seat:
        """A new container, not started; `CalledTooOften` when there are `most` of them, 503 when this is closed."""
        seat = Seat(Instance(self.config.ground(self.ground), self.label), provisioned, busy)
        if not self.seats.add(seat, most):
            raise NoInstance if self.closed else CalledTooOften
        with self._lock:
            self.instances.append(seat.instance)
            if self._tidier is None or not self._tidier.is_alive():
                self._tidier = threading.Thread(target=self._tidy, name="idle-containers", daemon=True)
                self._tidier.start()
        return seat

    def _start_up(self, seat: Seat, *, cold: bool = False) -> None:
        """Bring it up; `cold` when a request waits for it."""
        began = time.monotonic()
        panel = self.ground.panel
        try:
            seat.bring_up(self.artifacts, panel.now.serverless.start_limit)
            panel.outlast(began, lambda now: now.serverless.cold_start_seconds, self._gone)
        except ApiError as error:
            self._dismiss(seat)
            seat.ready.set_exception(error)
            return
        if self._gone.is_set() or not self.seats.has(seat):
            self._dismiss(seat)
        seat.free_since = time.monotonic()
        if cold:
            self.ground.metrics.took(self.label.endpoint, self.name, "ModelSetupTime", seat.free_since - began)
        seat.ready.set_result(None)

    def _await_start(self, seat: Seat, deadline: float) -> None:
        if seat.warm:
            return seat.ready.result()
        began = time.monotonic()
        try:
            seat.ready.result(max(0.0, deadline - began))
        except TimeoutError as error:
            raise not_ready(f"of endpoint {self.label.endpoint}") from error
        finally:
            seconds = time.monotonic() - began
            self.ground.counters.waited(self.label.endpoint, seat.instance.identity, "", seconds)
        return None

    def _ask(self, seat: Seat, body: bytes, headers: Mapping[str, str], deadline: float) -> Answer:
        copy = seat.instance.enter("", self.artifacts)
        try:
            answer = self._invoke(seat.instance, copy, body, headers, deadline)
        except CopyGone as gone:
            self._dismiss(seat)
            raise internal_failure() from gone
        except ApiError as error:
            if error.code == "InternalFailure":
                self._dismiss(seat)
            raise
        finally:
            seat.instance.leave(copy)
        stream = self.ground.names.log_stream(self.label.endpoint)
        check_answer(answer, self.ground.panel.now.serverless.payload_limit, stream)
        return answer

    def _dismiss(self, seat: Seat) -> None:
        """Stop a container, once."""
        self.seats.drop(seat.instance)
        with self._lock:
            if seat.instance in self.instances:
                self.instances.remove(seat.instance)
        seat.instance.stop()

    def _tidy(self) -> None:
        """Stop what has been idle for too long."""
        while not self.closed:
            idle_seconds = self.ground.panel.now.serverless.idle_seconds
            self.seats.wait(min(LOOK_SECONDS, max(idle_seconds, SHORTEST_LOOK)))
            for seat in self.seats.take_expired(idle_seconds, self.config.most):
                self._dismiss(seat)


def limits_of(variants: Sequence[Variant]) -> list[ServerlessConfig]:
    """What the serverless ones among them may use."""
    return [variant.wanted for variant in variants if isinstance(variant, ServerlessVariant)]
