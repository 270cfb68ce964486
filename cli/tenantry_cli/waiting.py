"""Asking again until something has come to its end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from tenantry.domain.errors import Unavailable
from tenantry.domain.views import Outcome
from tenantry.ports import Clock
from tenantry_cli.tables import coloured

PAUSE = 0.5
"""Seconds between two questions: a release takes a minute, and a question costs a read or two."""

type Tell = Callable[[Outcome, float], None]


class Waited(NamedTuple):
    """The last outcome, the seconds it took, and whether time ran out before an end."""

    outcome: Outcome
    seconds: float
    timed_out: bool


def wait_for(ask: Callable[[], Outcome], clock: Clock, timeout: float, tell: Tell) -> Waited:
    """Ask until there is an end or `timeout` seconds are over; an answer that cannot be had now is asked again."""
    began = clock.now()
    outcome = Outcome(state="", reason="nothing was heard yet")
    while True:
        try:
            outcome = ask()
        except Unavailable as error:
            outcome = outcome.model_copy(update={"reason": str(error)})
        seconds = (clock.now() - began) / timedelta(seconds=1)
        tell(outcome, seconds)
        if outcome.ended or seconds >= timeout:
            return Waited(outcome, seconds, timed_out=not outcome.ended)
        clock.sleep(min(PAUSE, timeout - seconds))


@contextmanager
def progress(console: Console, what: str) -> Iterator[Tell]:
    """On a terminal: a spinner with the state of things, and a line for every change. Elsewhere: nothing."""
    if not console.is_terminal:
        yield lambda _, __: None
        return
    seen: list[str] = []
    with console.status(what) as spinner:

        def tell(outcome: Outcome, seconds: float) -> None:
            if outcome.state and outcome.state not in seen[-1:]:
                seen.append(outcome.state)
                console.print(Text(f"{seconds:7.1f} s  "), coloured(outcome.state), Text(outcome.reason))
            spinner.update(Text(f"{what}: {outcome.state or 'not seen yet'} ({seconds:.0f} s)"))

        yield tell
