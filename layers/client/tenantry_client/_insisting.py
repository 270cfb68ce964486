"""A call whose first try failed: where it goes next, how often, and how it is counted."""

from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from tenantry_client._counting import Meter
from tenantry_client._errors import (
    About,
    InvalidRequest,
    NotAllowed,
    NotReady,
    TenantryError,
    TimedOut,
    TooLarge,
    is_gone,
    translate,
)
from tenantry_client._retries import Retries
from tenantry_client._routes import Routes
from tenantry_client._table import Pointer


class Answer(NamedTuple):
    """What a model answered, and which version of it at which generation of the route, in which region."""

    body: bytes
    content_type: str
    version: str
    generation: int
    region: str = ""


class Call(NamedTuple):
    """One call that needs more than one try. `begun` is the clock's."""

    model: str
    request: dict[str, Any]
    begun: float


class Insistence:
    """Goes on with the calls of one tenant. `send` is one try; `patience` in seconds from the call's beginning."""

    def __init__(
        self,
        tenant: str,
        routes: Routes,
        meter: Meter,
        send: Callable[[Pointer, dict[str, Any]], Answer],
        *,
        patience: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        chance: Callable[[], float],
    ) -> None:
        self._tenant, self._routes, self._meter, self._send = tenant, routes, meter, send
        self._patience = patience
        self._clock, self._sleep, self._chance = clock, sleep, chance

    def go_on(self, call: Call, pointer: Pointer, error: ClientError | BotoCoreError) -> Answer:
        """The answer in the end, after the first try there has ended so."""
        return self._fall_back(call, pointer, error) if pointer.weight else self._insist(call, pointer, error)

    def _fall_back(self, call: Call, canary: Pointer, error: ClientError | BotoCoreError) -> Answer:
        """A call that a canary failed goes to the version that is live: nobody's call fails because it is judged.

        The failure counts against the canary alone. What was timed out or refused is not sent again, as ever; but what
        is too large for a canary of another option may not be for the version that is live.
        """
        failure = translate(error, About(self._tenant, call.model, canary.version))
        now = self._clock()
        self._meter.of(call.model, canary.version).add_hard(now - call.begun, failed=True, waited=0.0)
        refused = isinstance(failure, TimedOut | NotAllowed | InvalidRequest) and not isinstance(failure, TooLarge)
        if refused and not is_gone(error):
            raise failure
        pointer = self._routes.at(call.model, now)
        try:
            answer = self._send(pointer, call.request)
        except (ClientError, BotoCoreError) as again:
            return self._insist(Call(call.model, call.request, now), pointer, again)
        self._meter.of(call.model, pointer.version).add(self._clock() - now)
        return answer

    def _insist(self, call: Call, pointer: Pointer, error: ClientError | BotoCoreError) -> Answer:
        """Go on, and count the call however it ends."""
        failures: list[TenantryError] = []
        answer = None
        try:
            answer = self._try_again(call, pointer, error, failures)
        finally:
            ended = self._clock()
            took = ended - call.begun
            loading = any(isinstance(failure, NotReady) for failure in failures)
            counts = self._meter.of(call.model, answer.version if answer else pointer.version)
            counts.add_hard(took, failed=answer is None, waited=took if loading else 0.0)
            if ended >= self._meter.due:
                self._meter.tell(ended)
        return answer

    def _try_again(
        self, call: Call, pointer: Pointer, error: ClientError | BotoCoreError, failures: list[TenantryError]
    ) -> Answer:
        """Each try goes where the route points at that moment; once, it is read anew as the target was gone."""
        retries = Retries(call.begun + self._patience, self._clock, self._sleep, self._chance)
        sent, moved = call.begun, False
        while True:
            failures.append(translate(error, About(self._tenant, call.model, pointer.version)))
            if is_gone(error) and not moved:
                pointer, moved = self._moved(call.model, pointer, sent, failures[-1]), True
            else:
                retries.pause(failures[-1])
                pointer = self._routes.at(call.model, self._clock())
            sent = self._clock()
            try:
                return self._send(pointer, call.request)
            except (ClientError, BotoCoreError) as again:
                error = again

    def _moved(self, model: str, pointer: Pointer, sent: float, failure: TenantryError) -> Pointer:
        """Where the route points now, if that is elsewhere than where the failed try was sent."""
        fresh = self._routes.since(model, sent)
        if fresh.arguments == pointer.arguments:
            raise failure
        return fresh
