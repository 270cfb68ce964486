"""The home region first; another one for what cannot be had there, and home again after a while.

Another region has the same tenant's models from releases of its own, so it may be a version behind or ahead. It is
asked only for what the home region cannot give after all its own tries: no route, no endpoint, no answer. What the
caller, the tenant or the model is to blame for is the same everywhere, and a region that is merely busy would take the
next one along.
"""

import threading
from collections.abc import Callable, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from tenantry_client._errors import About, NoRoute, NotReady, TargetGone, TenantryError, Unavailable, translate
from tenantry_client._site import Site

LEADS_ELSEWHERE = (NoRoute, NotReady, TargetGone, Unavailable)
"""The failures for which another region is asked."""


class Regions:
    """Where calls of one tenant go. `others`: each makes a site when it is first needed.

    `again`: seconds for which a model is called elsewhere once that has helped; then one call tries the home region.
    """

    def __init__(
        self,
        tenant: str,
        home: Site,
        others: Sequence[Callable[[], Site]],
        again: float,
        clock: Callable[[], float],
    ) -> None:
        self._tenant, self._home = tenant, home
        self._others = [_There(make) for make in others]
        self._again, self._clock = again, clock
        self._away_until: dict[str, float] = {}

    def first[T](self, model: str, ask: Callable[[Site], T]) -> T:
        """What the first region gives that can; when none can, the home region's failure is raised."""
        if not self._others:
            return ask(self._home)
        if not self._homeward(model):
            return self._elsewhere(model, ask, None)
        try:
            answer = ask(self._home)
        except LEADS_ELSEWHERE as failure:
            return self._elsewhere(model, ask, failure)
        self._away_until.pop(model, None)
        return answer

    def flush(self) -> None:
        """Tell the counts of every region now."""
        for site in (self._home, *(there.made for there in self._others)):
            if site:
                site.meter.flush()

    def _homeward(self, model: str) -> bool:
        """Whether this call goes home first. Of those that come when it is time to, only one does."""
        until = self._away_until.get(model)
        if until is None:
            return True
        now = self._clock()
        if now < until:
            return False
        self._away_until[model] = now + self._again
        return True

    def _elsewhere[T](self, model: str, ask: Callable[[Site], T], failure: TenantryError | None) -> T:
        for there in self._others:
            try:
                answer = ask(there.site(About(self._tenant, model)))
            except LEADS_ELSEWHERE:
                continue
            if failure:
                self._away_until[model] = self._clock() + self._again
            return answer
        if failure:
            raise failure
        self._away_until.pop(model, None)
        return ask(self._home)


class _There:
    """A region that is not connected to before it is needed: it may be down itself, and most never are needed."""

    def __init__(self, make: Callable[[], Site]) -> None:
        self._make, self._lock = make, threading.Lock()
        self.made: Site | None = None

    def site(self, about: About) -> Site:
        with self._lock:
            if self.made is None:
                try:
                    self.made = self._make()
                except (ClientError, BotoCoreError) as error:
                    raise translate(error, about) from error
            return self.made
