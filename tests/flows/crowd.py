"""A World in which everything happens at once: the next step is always somebody's, and chance says whose."""

import os
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.flows.actors import Actor
from tests.flows.adversary import Arena
from tests.flows.faults import NO_FAULT, Chair, Fault, Site
from tests.flows.told import obituary
from tests.flows.walks import Walk, Walking

SLOW, FAST = 0.03, 1.0
SOON = timedelta(seconds=60)
"""No function takes longer, so nobody sleeps longer than this while one is under way."""

HARDER = float(os.environ.get("TENANTRY_BAD_LUCK", "1"))

type Options = list[tuple[float, Callable[[], None]]]


class Luck:
    """How often what goes wrong, how fast the script goes on, and the dice."""

    def __init__(self, seed: int, *, calm: bool = False) -> None:
        self.dice, self.calm = random.Random(seed), calm
        scale = 0.0 if calm else HARDER
        self.crash, self.abort, self.lost, self.slow = 0.04 * scale, 0.01 * scale, 0.02 * scale, 0.1
        self.error, self.unheard = 0.004 * scale, 0.2
        self.doubled, self.dropped = 0.3, 0.03
        self.pace = self.dice.choice([0.02, 0.02, 0.2])

    def happens(self, chance: float) -> bool:
        return self.dice.random() < chance


class Crowd(Arena):
    """`play` a script; when it returns nothing is under way any more, and the luck is used up."""

    playing = False
    luck: Luck

    def play(self, script: list[Callable[[], None]]) -> None:
        self.script = list(script)
        self.actors: list[Actor] = []
        self.walks: list[Walk] = []
        self.post: list[str] = []
        self.chair, self.playing = _Dice(self, self.chair), True
        try:
            while options := self._options():
                weights = [weight for weight, _ in options]
                self.luck.dice.choices([do for _, do in options], weights)[0]()
                self._begin_started()
        finally:
            for actor in self.actors:
                actor.end()
            self.chair, self.playing = self.chair.quiet, False

    # --- what the script may do -----------------------------------------------------------------------------------

    def act(self, do: Callable[[], Any]) -> Actor:
        """Somebody begins to do this."""
        luck = self.luck
        dies_at = luck.dice.randint(1, 12) if luck.happens(luck.crash + luck.abort) else 0
        actor = Actor(do, speed=SLOW if luck.happens(luck.slow) else FAST, dies_at=dies_at)
        self.actors.append(actor)
        return actor

    def begin(self, function: str, payload: Any) -> Actor:
        return self.act(lambda: self.invoke(function, payload))

    def operator_goes_back(self, tenant: str, model: str) -> None:
        self.act(lambda: self.goes_back(tenant, model))

    def _tell(self, what: str, made: Any) -> None:
        """While it is played, an event is lost, comes once, or comes twice."""
        if not self.playing:
            return super()._tell(what, made)
        events, self.events = self.events, False
        super()._tell(what, made)
        self.events = events
        if not self.luck.happens(self.luck.dropped):
            self.post += [self.sent[-1]] * (2 if self.luck.happens(self.luck.doubled) else 1)
        return None

    # --- who may be next ------------------------------------------------------------------------------------------

    def _options(self) -> Options:
        self.actors = [actor for actor in self.actors if not actor.done]
        now = [*self._running(), *self._arriving(), *self._scripted()]
        asleep = [walk for walk in self.walks if not walk.held and not walk.ready]
        soon: Options = [(0.05, walk.go) for walk in asleep if walk.wake - self.now() <= SOON]
        return now + soon or [(1.0, min(asleep, key=lambda walk: walk.wake).go)] if asleep else now

    def _running(self) -> Options:
        moving: Options = [(actor.speed, self._resume(actor)) for actor in self.actors]
        losing: Options = [(0.1, actor.lose) for actor in self.actors if actor.loses and not actor.lost]
        return moving + losing + [(FAST, walk.go) for walk in self.walks if walk.ready]

    def _arriving(self) -> Options:
        return [(0.2, self._receive(body)) for body in self.post]

    def _scripted(self) -> Options:
        return [(self.luck.pace, self._next_scene)] if self.script else []

    def _next_scene(self) -> None:
        self.script.pop(0)()

    def _receive(self, body: str) -> Callable[[], None]:
        def receive() -> None:
            self.post.remove(body)
            self.begin("receive_drop", body).redelivers = body  # type: ignore[attr-defined]

        return receive

    def _resume(self, actor: Actor) -> Callable[[], None]:
        def resume() -> None:
            self.chair.current = actor  # type: ignore[attr-defined]
            actor.resume()
            self.chair.current = None  # type: ignore[attr-defined]
            if actor.done and actor.error and (body := getattr(actor, "redelivers", "")):
                self.post.append(body)

        return resume

    def _begin_started(self) -> None:
        for key, started in list(self.twins.machines.executions.items()):
            if key not in self.executions:
                run = Walking(self._machines[started.machine], started.payload, self, started.name)
                self.executions[key] = run
                self.walks.append(Walk(self, started.machine, run))

    def over(self, walk: "Walk") -> None:
        """An execution has ended; unless that goes unheard, the coroner is told."""
        self.walks.remove(walk)
        self.twins.machines.finish(walk.machine, walk.run.name, walk.run.status)
        if walk.run.status != "SUCCEEDED" and not self.luck.happens(self.luck.unheard):
            self.begin("close_execution", obituary(walk.machine, walk.run))


class _Dice(Chair):
    """Stops every function before each of its calls, and lets chance say what becomes of the call."""

    def __init__(self, crowd: Crowd, quiet: Chair) -> None:
        super().__init__(watchers=quiet.watchers)
        self.crowd, self.quiet, self.current = crowd, quiet, None

    def call(self, site: Site, given: tuple[Any, ...], do: Callable[[], Any]) -> Any:
        actor: Actor | None = self.current
        if actor is None:
            return self.quiet.call(site, given, do)
        actor.pause()
        self.fault = self._thrown(actor)
        self.strike = len(self.sites) if self.fault.kind != "none" else -1
        return super().call(site, given, do)

    def _thrown(self, actor: Actor) -> Fault:
        luck = self.crowd.luck
        after = luck.happens(0.5)
        if actor.calls == actor.dies_at:
            return Fault("abort" if luck.happens(luck.abort / (luck.abort + luck.crash)) else "crash", after)
        return Fault("error", after) if luck.happens(luck.error) else NO_FAULT
