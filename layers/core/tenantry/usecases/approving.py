"""Take approval, and the looks that make up for lost events: what a person decided about a model package.

An event says only where to look. Whose package it is stands in our own row, what was decided in SageMaker. What is
decided is decided once: a package that is approved, rejected or deleted afterwards changes nothing.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tenantry.domain.approvals import PackageRow, approved_because, next_look, rejected_because
from tenantry.domain.base import Value
from tenantry.domain.errors import Unavailable
from tenantry.domain.hosting import PackageView
from tenantry.domain.tenants import TenantRow
from tenantry.domain.versions import State, Upload, approvals_of
from tenantry.domain.writes import Put, Write
from tenantry.serving.packages import APPROVED, REJECTED
from tenantry.usecases.admission import admit
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.ending import ended

MOST_LOOKS = 20
"""Packages that are looked at in one run: four seconds of what SageMaker answers an account."""


class PackageChange(BaseModel):
    """`detail` of "SageMaker Model Package State Change" (aws.md 5.2): which package it was. No more is believed."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)
    arn: str = Field(default="", alias="ModelPackageArn", max_length=2_048)


class ApprovalEvent(BaseModel):
    """The event around it."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)
    detail: PackageChange


class Taken(Value):
    """What became of an event, and for the log, whom and what it was about."""

    outcome: Literal["approved", "rejected", "waiting", "ignore"]
    reason: str
    tenant: str = ""
    model: str = ""
    version: str = ""
    upload: str = ""


def take_approval(event: ApprovalEvent, app: App) -> Taken:
    """Look at the package that the event names, if it is one that a version of ours waits for."""
    named = app.registry.get(PackageRow, PackageRow.at(event.detail.arn))
    if named is None:
        return Taken(outcome="ignore", reason="no version waits for this package")
    return _looked(Upload.at(named.tenant, named.model, named.upload), app)


def look_at_packages(app: App) -> int:
    """Look at packages that nobody told of for longest; how many versions went on or got their end."""
    now = app.clock.now()
    tenants = [one.tenant for one in app.registry.rows(TenantRow, "TENANTS")]
    due = [row for name in tenants for row in app.registry.due(Upload, approvals_of(name), now, MOST_LOOKS)]
    longest = sorted(due, key=lambda row: (row.look_at or row.since, row.upload))[:MOST_LOOKS]
    started = sum(len(admit(name, app)) for name in sorted({row.tenant for row in longest}))
    return started + sum(_decided(row.key, app) for row in longest)


def _decided(key: tuple[str, str], app: App) -> bool:
    try:
        return _looked(key, app).outcome in {"approved", "rejected"}
    except Unavailable:
        return False


def _looked(key: tuple[str, str], app: App) -> Taken:
    taken = deciding(lambda: _take(key, app))
    if taken.outcome == "approved":
        admit(taken.tenant, app, key)
    return taken


def _take(key: tuple[str, str], app: App) -> Taken:
    row = app.registry.get(Upload, key)
    if row is None or not row.parked:
        return Taken(outcome="ignore", reason=f"it waits for nobody: {row.state if row else 'there is no such upload'}")
    outcome, reason, writes = _judged(row, app.hosting.package(row.package), app.clock.now(), app)
    app.registry.commit(*writes)
    named = row.model_dump(include={"tenant", "model", "version", "upload"})
    return Taken(outcome=outcome, reason=reason, **named)


def _judged(
    row: Upload, view: PackageView | None, now: datetime, app: App
) -> tuple[Literal["approved", "rejected", "waiting"], str, tuple[Write, ...]]:
    """What was decided, why, and what is written down of it."""
    if view is None:
        why = "its model package was deleted before anybody approved it: drop the version again"
        return "rejected", why, ended(row, State.REJECTED, why, app)
    if view.approval == APPROVED:
        why = approved_because(view.said)
        free = row.move(State.AWAITING_APPROVAL, now, why, approved="package", look_at=None)
        return "approved", why, (Put(row=free),)
    if view.approval == REJECTED:
        why = rejected_because(view.said)
        return "rejected", why, ended(row, State.REJECTED, why, app)
    if view.status == "Failed":
        why = "SageMaker failed to make its model package, which nobody can approve now"
        return "rejected", why, ended(row, State.FAILED, why, app, step="Take approval")
    return "waiting", "nobody has decided yet", (Put(row=row.but(look_at=next_look(row, now))),)
