"""Events that are lost, doubled or late, on request: AWS promises at-least-once at best, and best effort at worst."""

import threading
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class Fault:
    """What happens to the next events of one source. Counts go down as events pass."""

    lose: int = 0
    double: int = 0
    delay: int = 0
    delay_seconds: float = 5.0


class Faults:
    """One `Fault` per event source, such as `aws.s3`, `aws.sagemaker` and `aws.states`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_source = {source: Fault() for source in ("aws.s3", "aws.sagemaker", "aws.states")}

    def delays(self, source: str) -> list[float]:
        """When each copy of the next event is delivered, in seconds from now; empty: it is lost."""
        with self._lock:
            fault = self._by_source.get(source, Fault())
            if _spend(fault, "lose"):
                return []
            late = fault.delay_seconds if _spend(fault, "delay") else 0.0
            return [late, late] if _spend(fault, "double") else [late]

    def read(self) -> dict[str, Any]:
        """The faults still to come."""
        with self._lock:
            return {source: asdict(fault) for source, fault in self._by_source.items()}

    def write(self, changes: dict[str, Any]) -> None:
        """Set counts per source; raises ValueError for names there are not."""
        known = {field.name for field in fields(Fault)}
        with self._lock:
            for source, values in changes.items():
                if unknown := set(values) - known:
                    raise ValueError(
                        f"{source} has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}."
                    )
                fault = self._by_source.setdefault(source, Fault())
                for name, value in values.items():
                    setattr(fault, name, float(value) if name == "delay_seconds" else int(value))


def _spend(fault: Fault, name: str) -> bool:
    left = getattr(fault, name)
    if left > 0:
        setattr(fault, name, left - 1)
    return bool(left > 0)
