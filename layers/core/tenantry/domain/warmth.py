"""Is a target warm? Judged from bursts of probes, with the evidence; never claimed beyond it.

No SageMaker call can name an instance, and routing sticks to an instance that has the model, so only concurrent
calls reach the others (aws.md 0.2, 2.2). The rule: two bursts in a row answered in full, and the slowest answer of the
last one does not look like a load, being under `FAST_MS` or under half of the slowest answer seen. A model that is
itself slow shows no such drop: it counts as warm once more bursts than there are instances were answered in full and
alike, since each of them could have loaded at most one more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from tenantry.domain.base import Value
from tenantry.domain.hosting import Address, Answer

FAST_MS = 250
"""No load of a model is this fast: SageMaker has to start a worker for it."""
ALIKE = 0.8
"""Bursts whose slowest answers differ by less than this ratio are alike."""
STRIKES = 3
"""So many bursts in a row with an error of the container, and it is the model's fault."""
LONGEST_PAUSE = 10.0

Burst = Sequence[Answer]


class Verdict(Value):
    """What to do after the bursts so far, and why."""

    state: Literal["warm", "again", "failed"]
    reason: str


class Warmth(Value):
    """The evidence of a warm verdict. Times in milliseconds, as the caller saw them.

    `first_ms` is the first answer, `slowest_ms` the slowest of the last burst, `load_ms` the slowest of all.
    `loaded_model_count` is CloudWatch's sum over the instances, if it had one already.
    """

    endpoint: str
    target: str
    at: datetime
    probes: int
    bursts: int
    first_ms: int
    slowest_ms: int
    load_ms: int
    instances: int
    loaded_model_count: int | None = None
    because: str


def burst_size(instances: int, at_once: int | None = None) -> int:
    """How many probes at once: enough that a sticky router spills to every instance, and no more than are taken."""
    wanted = max(4 * instances, 4)
    return wanted if at_once is None else min(wanted, at_once)


def pause(bursts: Sequence[Burst]) -> float:
    """Seconds until the next burst: none after a full one, else growing from half a second."""
    unanswered = sum(1 for burst in bursts if not _full(burst))
    return 0.0 if _full(bursts[-1]) else min(0.25 * 2.0 ** min(unanswered, 10), LONGEST_PAUSE)


def judge(bursts: Sequence[Burst], instances: int, *, queued: bool = False) -> Verdict:
    """Warm, once more, or failed, after these bursts (at least one, oldest first).

    What goes through a queue says nothing of loading: there an answer is all the warmth there is.
    """
    return _refusal(bursts) or _unanswered(bursts[-1]) or (_through(bursts) if queued else _heat(bursts, instances))


def evidence(address: Address, bursts: Sequence[Burst], loaded: int | None, because: str, at: datetime) -> Warmth:
    """What these bursts show."""
    return Warmth(
        endpoint=address.endpoint,
        target=address.target,
        at=at,
        probes=sum(len(burst) for burst in bursts),
        bursts=len(bursts),
        first_ms=bursts[0][0].took_ms,
        slowest_ms=_slowest(bursts[-1]),
        load_ms=max(_slowest(burst) for burst in bursts),
        instances=address.instances,
        loaded_model_count=loaded,
        because=because,
    )


def _refusal(bursts: Sequence[Burst]) -> Verdict | None:
    for answer in bursts[-1]:
        if answer.outcome == "invalid":
            return Verdict(state="failed", reason=f"SageMaker refused the request: {answer.message}")
    broken = [next((a for a in burst if a.outcome == "model_error"), None) for burst in bursts[-STRIKES:]]
    if len(broken) == STRIKES and all(broken) and (last := broken[-1]):
        return Verdict(state="failed", reason=f"the container could not load or run it: {last.message}")
    return None


def _unanswered(burst: Burst) -> Verdict | None:
    others = sorted({answer.outcome for answer in burst} - {"ok"})
    if not others:
        return None
    count = sum(answer.outcome != "ok" for answer in burst)
    return Verdict(state="again", reason=f"{count} of {len(burst)} probes were not answered ({', '.join(others)})")


def _through(bursts: Sequence[Burst]) -> Verdict:
    return Verdict(state="warm", reason=f"a request went through its queue in {_slowest(bursts[-1])} ms")


def _heat(bursts: Sequence[Burst], instances: int) -> Verdict:
    full = _full_in_a_row(bursts)
    slowest, load = _slowest(bursts[-1]), max(_slowest(burst) for burst in bursts)
    if len(full) >= 2 and slowest <= max(FAST_MS, load // 2):
        return Verdict(
            state="warm", reason=f"two full bursts answered, the slowest of the last in {slowest} ms after {load} ms"
        )
    steady = full[-(max(instances, 2) + 1) :]
    if len(steady) > max(instances, 2) and min(steady) >= ALIKE * max(steady):
        return Verdict(state="warm", reason=f"{len(steady)} full bursts answered alike, the last in {slowest} ms")
    return Verdict(state="again", reason=f"the slowest of the last burst took {slowest} ms, as a load would")


def _full_in_a_row(bursts: Sequence[Burst]) -> list[int]:
    """The slowest answer of each full burst since the last one that was not full."""
    last = max((number for number, burst in enumerate(bursts) if not _full(burst)), default=-1)
    return [_slowest(burst) for burst in bursts[last + 1 :]]


def _full(burst: Burst) -> bool:
    return all(answer.outcome == "ok" for answer in burst)


def _slowest(burst: Burst) -> int:
    return max(answer.took_ms for answer in burst)
