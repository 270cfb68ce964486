"""Every request a test makes, and every `Call` it carries out, walked through the contract of its operation."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Protocol

from botocore.model import OperationModel

from local.contract import check_request


class Emitter(Protocol):
    """The event system of a botocore session or client."""

    def register_last(self, event: str, handler: Any) -> None: ...
    def unregister(self, event: str, handler: Any) -> None: ...


class Planned(Protocol):
    """A `Call` of the domain."""

    service: Any
    operation: str
    params: dict[str, Any]


class Walker:
    """`watch` it once per session; at the end of the test `verdict` fails with every flaw that was seen."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()
        self.flaws: list[str] = []

    def watch(self, events: Emitter) -> None:
        """Check every request of the clients made from this session (or of this client), as it is sent."""
        events.register_last("before-parameter-build", self._request)

    def leave(self, events: Emitter) -> None:
        """Check no clients made from now on."""
        events.unregister("before-parameter-build", self._request)

    def calls(self, calls: Iterable[Planned]) -> None:
        """Check calls that a twin carried out."""
        for call in calls:
            self.check(call.service, call.operation, call.params)

    def check(self, service: str, operation: str, params: dict[str, Any]) -> None:
        """Check one request; flaws are kept for the verdict."""
        self.seen[service, operation] += 1
        self.flaws += [f"{service} {operation}: {flaw}" for flaw in check_request(service, operation, params)]

    def verdict(self) -> None:
        """AssertionError, naming them all, when any request had a flaw."""
        assert not self.flaws, "\n".join(self.flaws)

    def _request(self, params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        self.check(model.service_model.service_name, model.name, params)
