"""Plan package and record package: a version in the Model Registry, before it may go live or because it did.

DynamoDB stays the register. A package waits for a person, or shows what was approved by itself; nothing else of it is
ever read. The row names its group before there is a package, so whatever is made is found again and removed.
"""

from datetime import timedelta

from tenantry.domain.approvals import PackageRow, awaiting, known, next_look
from tenantry.domain.base import Value
from tenantry.domain.errors import Unavailable
from tenantry.domain.hosting import PackageView
from tenantry.domain.images import image_of
from tenantry.domain.plans import Plan
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.versions import State, Upload
from tenantry.domain.writes import Put
from tenantry.serving import packages
from tenantry.usecases.app import App
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import Release
from tenantry.usecases.reading import host_settings, model_of, owned, ready_fleet, ready_tenant

SKEW = timedelta(minutes=5)
"""By so much SageMaker's clock may be behind ours."""


class PlannedPackage(Value):
    """What SageMaker must be told."""

    plan: Plan


class RecordedPackage(Value):
    """The package's ARN, and the state of its version now."""

    package: str
    state: State


def plan_package(release: Release, app: App) -> PlannedPackage:
    """The calls that register the version: to be approved, or as approved where it is live already."""
    row = deciding(lambda: _named(release, app))
    if known(row.package):
        return PlannedPackage(plan=packages.approve(row.package, "its tenant's profile asks for no approval any more"))
    if found(row, app):
        return PlannedPackage(plan=Plan.nothing("its package is there already"))
    return PlannedPackage(plan=_plan(row, app))


def record_package(release: Release, app: App) -> RecordedPackage:
    """Note the package. A version that must be approved is parked: no execution owns it, and it takes no slot."""
    return deciding(lambda: _record(release, app))


def unapproved(row: Upload, profile: TenantProfile) -> bool:
    """Whether a person has to approve the version before it is placed. A move was approved where it came from."""
    asked = profile.approval == "manual" and not row.moved_from
    return asked and not row.approved and not row.reached(State.PLACED)


def to_be_shown(row: Upload, profile: TenantProfile | None) -> bool:
    """Whether a version that is live is still to be shown there as approved."""
    if row.package:
        return row.approved == "profile"
    approved = bool(row.moved_from) and profile is not None and profile.approval == "manual"
    return approved or (profile is not None and profile.mirror)


def found(row: Upload, app: App) -> PackageView | None:
    """The package of an upload whose row does not name it yet."""
    group = packages.group_of(app.settings.stack, row.tenant, row.model)
    return packages.package_of(row.upload, app.hosting.packages(group, row.received_at - SKEW))


def _named(release: Release, app: App) -> Upload:
    row = owned(release, app.registry)
    if row.package:
        return row
    group = packages.group_of(app.settings.stack, row.tenant, row.model)
    app.registry.commit(Put(row=row.but(package=group)))
    return owned(release, app.registry)


def _plan(row: Upload, app: App) -> Plan:
    _, tenant = ready_tenant(row.tenant, app.registry)
    model = model_of(row, tenant)
    host = ready_fleet(model.fleet, app.registry)[1] if model.fleet else model
    image = image_of(host, app.images, app.settings.region)
    url = f"{host_settings(app).models}{row.serving_key}"
    approval = packages.PENDING if row.state is State.REGISTERED else packages.APPROVED
    plan = packages.register(row, app.settings.stack, image, url, model.sample, approval=approval)
    there = app.hosting.package_group(packages.group_of(app.settings.stack, row.tenant, row.model))
    return plan.model_copy(update={"calls": plan.calls[1:]}) if there else plan


def _record(release: Release, app: App) -> RecordedPackage:
    row = app.registry.get(Upload, release.key)
    if row is None or not known(row.package):
        row = owned(release, app.registry)
        there = found(row, app)
        if there is None:
            raise Unavailable("SageMaker does not show the model package yet")
        row = _noted(row, there.arn, app)
    elif row.approved == "profile" and row.reached(State.LIVE):
        row = _shown(row, app)
    return RecordedPackage(package=row.package, state=row.state)


def _noted(row: Upload, arn: str, app: App) -> Upload:
    if row.state is not State.REGISTERED:
        noted = row.but(package=arn)
        app.registry.commit(Put(row=noted))
        return noted
    now, why = app.clock.now(), "it waits until its model package is approved"
    parked = row.move(State.AWAITING_APPROVAL, now, why, package=arn, owner="")
    parked = parked.but(look_at=next_look(parked, now))
    told = awaiting(parked)
    app.registry.commit(Put(row=parked), Put(row=PackageRow.of(parked)), *(Put(row=one) for one in told))
    return parked


def _shown(row: Upload, app: App) -> Upload:
    """Approved in the registry, too: as if by itself."""
    shown = row.but(approved="package")
    app.registry.commit(Put(row=shown))
    return shown
