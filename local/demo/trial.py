"""A canary, while the rest of the act goes on: a tenth of the calls for a minute, then a verdict with its numbers."""

from local.demo import training
from local.demo.stage import Stage
from local.demo.traffic import Traffic, shares

TENANT, MODEL = "hooli", "prices"
PERCENT = 10
FAR = 6
"""Percentage points: five times the standard deviation of a tenth of 600 calls."""


def begin(stage: Stage, calls: Traffic) -> None:
    """Version 2 is dropped while calls run, and gets a part of them."""
    stage.timeline.act(f"13  {MODEL}: version 2 gets a tenth of the calls first, and is watched for a minute")
    stage.until("10 requests a second run against version 1", lambda: calls.seen("1"))
    artifact = training.train("ridge", trained_as="2", seed=22)
    stage.drop(f"models/{TENANT}/{MODEL}/2/model.tar.gz", artifact)
    stage.until("version 2 is loaded, proven, and a canary", lambda: _on_trial(stage))
    stage.timeline.quote(stage.version(TENANT, MODEL, "2")["reason"])
    stage.timeline.say("The minute passes by itself; the day goes on meanwhile.")


def end(stage: Stage, calls: Traffic) -> None:
    """It is judged, and takes over."""
    stage.timeline.act("18  The minute is over: the canary's verdict")
    stage.wait(TENANT, MODEL, "2")
    stage.until("every client has moved on", lambda: calls.moved_on("2"))
    row = stage.version(TENANT, MODEL, "2")
    stage.timeline.quote(row["reason"])
    seen = shares(calls.replies, "2", stage.swapped_at(TENANT, MODEL))
    stage.timeline.judge(
        "A canary gets its share, no call fails by it, and its verdict names the numbers",
        row["state"] == "LIVE"
        and not seen.failed
        and abs(seen.percent - PERCENT) < FAR
        and "SageMaker's counts" in row["reason"],
        f"{seen.of} of {seen.calls} calls, {seen.percent:.1f}%, went to version 2 before it took over; "
        f"{len(calls.replies)} requests in all, {len(seen.failed)} failed",
    )


def _on_trial(stage: Stage) -> bool:
    return stage.version(TENANT, MODEL, "2").get("state") == "CANARY"
