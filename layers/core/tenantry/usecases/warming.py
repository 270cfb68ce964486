"""Warming a target with bursts of probes, and proving that it answers its sample: releases, fleets, rollback."""

from datetime import timedelta

from tenantry.domain import warmth
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.hosting import Address, Answer
from tenantry.domain.models import Sample
from tenantry.domain.options import Serving
from tenantry.domain.proof import fits, kept
from tenantry.domain.warmth import Warmth
from tenantry.usecases.app import App

MOST_BURSTS = 100
PROOF_TRIES = 5
_LATER = {"not_ready", "throttled", "unavailable"}


def warm(address: Address, sample: Sample, app: App) -> Warmth:
    """Burst until it is warm; the evidence. ReleaseFailed when it cannot be, or not within the budget."""
    limit = app.clock.now() + timedelta(seconds=app.settings.preload_budget_seconds)
    queued = address.serving is Serving.ASYNCHRONOUS
    size = 1 if queued else warmth.burst_size(address.instances, address.at_once)
    bursts: list[list[Answer]] = []
    while True:
        bursts.append(_probe(address, sample, app, size))
        verdict = warmth.judge(bursts, address.instances, queued=queued)
        if verdict.state == "warm":
            return warmth.evidence(address, bursts, _loaded(address, app), verdict.reason, app.clock.now())
        if verdict.state == "failed":
            raise ReleaseFailed(verdict.reason)
        if app.clock.now() >= limit or len(bursts) >= MOST_BURSTS:
            seconds = app.settings.preload_budget_seconds
            raise ReleaseFailed(f"not warm within {seconds} s and {len(bursts)} bursts: {verdict.reason}")
        app.clock.sleep(warmth.pause(bursts))


def prove(address: Address, sample: Sample, app: App) -> str:
    """The answer to the sample, at most 4 KiB; ReleaseFailed when there is none or not the expected one."""
    return expected(_answered(address, sample, app).body, sample)


def expected(body: bytes, sample: Sample) -> str:
    """What is kept of an answer to the sample; ReleaseFailed when it is not the expected one."""
    if sample.expect is not None and not fits(body, sample.expect):
        raise ReleaseFailed(f"its answer to the sample is not what the profile expects: {kept(body)[:200]}")
    return kept(body)


def _answered(address: Address, sample: Sample, app: App) -> Answer:
    for tried in range(PROOF_TRIES):
        answer = _probe(address, sample, app, 1)[0]
        if answer.outcome == "ok":
            return answer
        if answer.outcome not in _LATER:
            break
        app.clock.sleep(0.5 * 2.0**tried)
    raise ReleaseFailed(f"it did not answer its sample ({answer.outcome}): {answer.message or 'no message'}")


def _probe(address: Address, sample: Sample, app: App, count: int) -> list[Answer]:
    return app.hosting.probe(address, sample.body.encode(), sample.content_type, accept=sample.accept, count=count)


def _loaded(address: Address, app: App) -> int | None:
    """Only hosts that load models by themselves count them."""
    return app.hosting.loaded_models(address.endpoint) if address.serving is Serving.MULTI_MODEL else None
