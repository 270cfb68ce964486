"""Version 2 of a model arrives while 20 requests a second run against version 1."""

from local.demo import training
from local.demo.stage import Stage
from local.demo.traffic import STALENESS, SwapEvidence, Traffic, judge_swap
from tenantry_client import Tenantry


def swap(stage: Stage, tenant: str, model: str, seed: int, calls: Tenantry | None = None) -> None:
    """Drop it, and go on until every client has moved on; no request may fail or see the wrong version.

    `calls` is who calls it, where that is not the tenant itself.
    """
    artifact = training.train("ridge", trained_as="2", seed=seed)
    with Traffic(calls or stage.client(tenant), model) as traffic:
        stage.until("traffic runs against version 1", lambda: len(traffic.replies) >= 20)
        stage.drop(f"models/{tenant}/{model}/2/model.tar.gz", artifact)
        stage.wait(tenant, model, "2")
        stage.until("every client has moved on", lambda: traffic.moved_on("2"))
    seen = judge_swap(traffic.replies, "1", "2", stage.swapped_at(tenant, model), STALENESS)
    stage.timeline.judge(
        f"No request of {tenant}/{model} fails because of a swap, and none sees the wrong version",
        not seen.failed and not seen.new_too_early and not seen.old_too_late,
        _said(seen),
    )


def _said(seen: SwapEvidence) -> str:
    return (
        f"{seen.requests} requests, {len(seen.failed)} failed, {seen.new_too_early} of version 2 too early, "
        f"{seen.old_too_late} of version 1 too late; median {seen.median * 1000:.0f} ms"
    )
