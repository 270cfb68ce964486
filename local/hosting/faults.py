"""Faults told from outside: calls that fail before or after their effect, loads that are slow."""

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


class Faults:
    """What is still to go wrong."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: list[FailedCalls] = []
        self._slow: list[SlowLoads] = []

    def fail(self, fault: FailedCalls) -> None:
        """Plan failing calls."""
        with self._lock:
            self._failed.append(fault)

    def slow(self, fault: SlowLoads) -> None:
        """Plan slow loads."""
        with self._lock:
            self._slow.append(fault)

    def clear(self) -> None:
        """Forget what was planned."""
        with self._lock:
            self._failed.clear()
            self._slow.clear()

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

    def planned(self) -> dict[str, Any]:
        """What is left."""
        with self._lock:
            return {
                "fail": [fault.model_dump() for fault in self._failed if fault.times],
                "slow": [fault.model_dump() for fault in self._slow if fault.times],
            }
