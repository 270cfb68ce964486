"""The containers of a serverless variant as seats for requests: one each, provisioned ones first."""

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

from local.hosting.container import ContainerFailed, Unreachable
from local.hosting.errors import internal_failure
from local.hosting.instances import Instance
from local.hosting.volume import Origin


@dataclass(eq=False)
class Seat:
    """One container; `ready` is done when it answers, or says why it will not."""

    instance: Instance
    provisioned: bool
    busy: bool = False
    warm: bool = False
    """Whether the request that has it found it ready."""
    ready: Future[None] = field(default_factory=Future)
    free_since: float = field(default_factory=time.monotonic)

    @property
    def idle(self) -> bool:
        """Started, and without a request."""
        return self.ready.done() and not self.busy

    def bring_up(self, origin: Origin, limit: float) -> None:
        """Start the container and load the model within so many seconds; `ApiError` when it does not come up."""
        began = time.monotonic()
        try:
            self.instance.start()
            copy = self.instance.enter("", origin)
            try:
                copy.ready.result(max(0.0, began + limit - time.monotonic()))
            finally:
                self.instance.leave(copy)
        except TimeoutError as error:
            raise internal_failure(f"The container was not ready within {limit:g} s.") from error
        except (ContainerFailed, Unreachable, RuntimeError) as error:
            raise internal_failure(str(error)) from error


class Seats:
    """All seats of a variant; usable from any thread."""

    def __init__(self) -> None:
        self._all: list[Seat] = []
        self._closed = False
        self._changed = threading.Condition()

    def add(self, seat: Seat, most: int | None) -> bool:
        """Take a new one on; False when there are `most` already, and after `close`."""
        with self._changed:
            if self._closed or (most is not None and len(self._all) >= most):
                return False
            self._all.append(seat)
            return True

    def take(self, most: int) -> Seat | None:
        """A free one, made busy: a ready one first, then a provisioned one, the one used last; None without any."""
        with self._changed:
            free = [seat for seat in self._all if not seat.busy]
            if self._closed or not free or sum(seat.busy for seat in self._all) >= most:
                return None
            found = max(free, key=lambda seat: (seat.ready.done(), seat.provisioned, seat.free_since))
            found.busy, found.warm = True, found.ready.done()
            return found

    def give_back(self, seat: Seat) -> None:
        """Its request is over."""
        with self._changed:
            seat.busy, seat.free_since = False, time.monotonic()
            self._changed.notify_all()

    def drop(self, instance: Instance) -> None:
        """Forget the seat of this container."""
        with self._changed:
            self._all = [seat for seat in self._all if seat.instance is not instance]
            self._changed.notify_all()

    def has(self, seat: Seat) -> bool:
        """Whether it was not dropped."""
        with self._changed:
            return seat in self._all

    def provision(self, count: int) -> None:
        """So many ready ones are kept whatever comes, the others go when they are idle."""
        with self._changed:
            for seat in self._all:
                seat.provisioned = seat.provisioned and count > 0
                count -= seat.provisioned
            for seat in self._all:
                if count > 0 and not seat.provisioned and seat.ready.done():
                    seat.provisioned = True
                    count -= 1

    def provisioned(self) -> int:
        """How many are kept."""
        with self._changed:
            return sum(seat.provisioned for seat in self._all)

    def busy(self, *, provisioned: bool = False) -> int:
        """How many have a request; if asked, of the provisioned ones only."""
        with self._changed:
            return sum(seat.busy and (seat.provisioned or not provisioned) for seat in self._all)

    def idle(self) -> int:
        """How many are ready for the next request."""
        with self._changed:
            return sum(seat.idle for seat in self._all)

    def take_expired(self, seconds: float, most: int) -> list[Seat]:
        """Idle ones that nobody keeps, free for so long or beyond `most`; taken out."""
        with self._changed:
            idle = [seat for seat in self._all if seat.idle and not seat.provisioned]
            spare = len(self._all) - most
            old = time.monotonic() - seconds
            gone = [seat for number, seat in enumerate(idle) if seat.free_since <= old or number < spare]
            self._all = [seat for seat in self._all if seat not in gone]
            return gone

    def wait(self, seconds: float) -> None:
        """Until something changes or the time is up."""
        with self._changed:
            self._changed.wait(seconds)

    def close(self, seconds: float = 0.0) -> None:
        """Nobody takes one any more; returns when no request is in one, or when the time is up."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not any(seat.busy for seat in self._all), seconds)
