"""Faults told from outside: calls and containers that fail, loads that are slow, notices that are lost or late."""

import threading
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from local.hosting.errors import ApiError


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FailedCalls(_Fault):
    """The next `times` calls of an operation end with this error, before or after they took effect."""

    operation: str
    times: int = Field(1, ge=0)
    code: str = "InternalFailure"
    status: int = Field(500, ge=400, le=599)
    message: str = "Told to fail."
    when: Literal["before", "after"] = "before"


class SlowLoads(_Fault):
    """The next `times` loads (of one target, if named) take this many seconds more."""

    times: int = Field(1, ge=0)
    seconds: float = Field(1.0, ge=0)
    target: str | None = None


class FailedContainers(_Fault):
    """The next `times` requests that reach a container (of one endpoint, if named) are answered with this error."""

    times: int = Field(1, ge=0)
    endpoint: str | None = None
    status: int = Field(500, ge=400, le=599)
    message: str = "Told to fail."


class FaultyNotices(_Fault):
    """How many of the next notices of asynchronous endpoints are lost, sent twice, or sent late."""

    lose: int = Field(0, ge=0)
    double: int = Field(0, ge=0)
    delay: int = Field(0, ge=0)
    delay_seconds: float = Field(5.0, ge=0)


class Faults:
    """What is still to go wrong."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: list[FailedCalls] = []
        self._slow: list[SlowLoads] = []
        self._containers: list[FailedContainers] = []
        self._notices = FaultyNotices()

    def fail(self, fault: FailedCalls) -> None:
        """Plan failing calls."""
        with self._lock:
            self._failed.append(fault)

    def slow(self, fault: SlowLoads) -> None:
        """Plan slow loads."""
        with self._lock:
            self._slow.append(fault)

    def fail_container(self, fault: FailedContainers) -> None:
        """Plan errors of containers."""
        with self._lock:
            self._containers.append(fault)

    def disturb(self, fault: FaultyNotices) -> None:
        """Plan what happens to the next notices, in place of what was planned for them."""
        with self._lock:
            self._notices = fault

    def clear(self) -> None:
        """Forget what was planned."""
        with self._lock:
            self._failed.clear()
            self._slow.clear()
            self._containers.clear()
            self._notices = FaultyNotices()

    def raise_planned(self, operation: str, when: Literal["before", "after"]) -> None:
        """Raise the error planned for this call, if any."""
        with self._lock:
            for fault in self._failed:
                if fault.times and fault.operation == operation and fault.when == when:
                    fault.times -= 1
                    raise ApiError(fault.code, fault.message, fault.status)

    def delay(self, target: str) -> float:
        """Seconds that this load has to take more."""
        with self._lock:
            for fault in self._slow:
                if fault.times and fault.target in (None, target):
                    fault.times -= 1
                    return fault.seconds
        return 0.0

    def container_error(self, endpoint: str) -> FailedContainers | None:
        """The error planned for the request that reaches a container of this endpoint now, if any."""
        with self._lock:
            for fault in self._containers:
                if fault.times and fault.endpoint in (None, endpoint):
                    fault.times -= 1
                    return fault
        return None

    def notice_delays(self) -> list[float]:
        """When each copy of the next notice is sent, in seconds from now; empty: it is lost."""
        with self._lock:
            if self._spent("lose"):
                return []
            late = self._notices.delay_seconds if self._spent("delay") else 0.0
            return [late, late] if self._spent("double") else [late]

    def planned(self) -> dict[str, Any]:
        """What is left."""
        with self._lock:
            return {
                "fail": [fault.model_dump() for fault in self._failed if fault.times],
                "slow": [fault.model_dump() for fault in self._slow if fault.times],
                "container": [fault.model_dump() for fault in self._containers if fault.times],
                "notices": self._notices.model_dump(),
            }

    def _spent(self, name: str) -> bool:
        left: int = getattr(self._notices, name)
        setattr(self._notices, name, max(0, left - 1))
        return left > 0
