"""Gather batch: a run takes the batches that wait, each for itself alone, and writes down which files it will run over.

The version is the live one; of a tenant that is pinned to another version of a shared model, that one. Asked again,
the run has what it took before.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from tenantry.domain.base import Value
from tenantry.domain.batches import (
    MOST_BATCHES,
    MOST_FILES,
    MOST_GROUPS,
    MOST_IN_ALL,
    START,
    BatchRow,
    BatchState,
    File,
    Group,
    Inputs,
    RunRow,
)
from tenantry.domain.errors import Rejected
from tenantry.domain.models import ModelProfile
from tenantry.domain.names import upload_id
from tenantry.domain.options import Isolation
from tenantry.domain.plans import Plan
from tenantry.domain.tenants import TenantRow, TenantState
from tenantry.domain.writes import Put
from tenantry.ports import ObjectVersion
from tenantry.usecases.app import App
from tenantry.usecases.attempting import plan_attempt
from tenantry.usecases.batches import index_of, inputs_key, inputs_of, jobs_model, lying, write
from tenantry.usecases.deciding import deciding
from tenantry.usecases.inputs import BatchTask
from tenantry.usecases.lending import group_of, hold, models_for, version_for
from tenantry.usecases.requesting import DEFAULT_TYPE
from tenantry.usecases.sharing import users_of

_TYPE = re.compile(r"[!-~]{1,60}(?:; ?[!-~]{1,60}){0,2}")


class _Found(NamedTuple):
    row: BatchRow
    item: str
    version: ObjectVersion


class Gathered(Value):
    """The first attempt, empty when nothing waits, and how many files there are."""

    plan: Plan
    files: int = 0


def gather_batch(task: BatchTask, app: App) -> Gathered:
    """Take what waits; ReleaseFailed when no version can run over it."""
    run = deciding(lambda: _begun(task, app))
    if run is None or run.ended:
        return Gathered(plan=Plan.nothing("no batch waits"))
    for tenant, batch in run.batches:
        deciding(lambda: _claim(run, tenant, batch, app))  # noqa: B023 - called before the loop goes on
    model = jobs_model(run.tenant, run.model, app)
    inputs = inputs_of(run.run, app) or _taken(run, model, app)
    plan = plan_attempt(run, inputs, 1, inputs.files, model, app)
    hold(run, inputs, app)
    made = models_for(run, inputs, model, app)
    return Gathered(plan=plan.model_copy(update={"calls": (*made, *plan.calls)}), files=len(inputs.files))


def _begun(task: BatchTask, app: App) -> RunRow | None:
    """The run's row, written before it takes anything: whoever ends it knows from it what it has."""
    row = app.registry.get(RunRow, RunRow.at(task.tenant, task.model, task.run))
    batches = () if row else tuple(islice(_waiting(task, app), MOST_IN_ALL))
    if row or not batches:
        return row
    now = app.clock.now()
    begun = RunRow(
        tenant=task.tenant, model=task.model, run=task.run, since=now, day=f"{now:%Y-%m-%d}", batches=batches
    )
    app.registry.commit(Put(row=begun))
    return begun


def _waiting(task: BatchTask, app: App) -> Iterator[tuple[str, str]]:
    if task.batch:
        whose = task.user or task.tenant
        row = app.registry.get(BatchRow, BatchRow.at(whose, task.model, task.batch))
        if row and row.state is not BatchState.RUNNING and row.owner == task.tenant:
            yield whose, task.batch
        return
    for tenant in _tenants(task, app):
        rows = app.registry.rows(BatchRow, f"TENANT#{tenant}", f"BATCH#{task.model}#")
        received = [row for row in rows if row.state is BatchState.RECEIVED and row.owner == task.tenant]
        yield from ((tenant, row.batch) for row in sorted(received, key=lambda row: row.since)[:MOST_BATCHES])


def _tenants(task: BatchTask, app: App) -> list[str]:
    """Whose batches a schedule's run takes: nobody's while the model's owner is not READY."""
    row = app.registry.get(TenantRow, TenantRow.at(task.tenant))
    if row is None or row.state is not TenantState.READY or row.profile is None:
        return []
    shared = row.profile.isolation is Isolation.POOL
    return [task.tenant, *(users_of(task.tenant, task.model, app) if shared else ())]


def _claim(run: RunRow, tenant: str, batch: str, app: App) -> None:
    row = app.registry.get(BatchRow, BatchRow.at(tenant, run.model, batch))
    if row and row.state is not BatchState.RUNNING and row.run != run.run:
        app.registry.commit(Put(row=row.taken(run.run, app.clock.now())))


def _taken(run: RunRow, model: ModelProfile, app: App) -> Inputs:
    """What lies in the batches and has no result yet; a START that lies there is followed by this run."""
    found, starts = list[_Found](), list[str]()
    for tenant, batch in run.batches:
        row = app.registry.get(BatchRow, BatchRow.at(tenant, run.model, batch))
        if row is None or row.run != run.run or row.state is not BatchState.RUNNING:
            continue
        index, there = index_of(row, app), lying(tenant, run.model, batch, app)
        start = there.pop(START, None)
        starts += [upload_id(start.bucket, start.key, start.version_id)] if start else []
        found += [_Found(row, item, one) for item, one in there.items() if not index.is_done(item, one.version_id)]
    groups, files = _grouped(run, found[:MOST_FILES], model, app)
    inputs = Inputs(groups=groups, files=files, starts=tuple(starts))
    write(inputs_key(run.run), inputs.model_dump_json(), app)
    return inputs


def _grouped(
    run: RunRow, found: list[_Found], model: ModelProfile, app: App
) -> tuple[tuple[Group, ...], tuple[File, ...]]:
    """As many groups as a run may have, largest first; files of others wait for the next run."""
    uploads = {tenant: version_for(run, tenant, app) for tenant in sorted({one.row.tenant for one in found})}
    keyed = [
        (one, (uploads[one.row.tenant], kind)) for one in found if (kind := _content_type(one.version, model, app))
    ]
    keys = [key for key, _ in Counter(key for _, key in keyed).most_common(MOST_GROUPS)]
    files = tuple(_file(one, keys.index(key)) for one, key in keyed if key in keys)
    return tuple(group_of(run, upload, kind, app) for upload, kind in keys), files


def _file(found: _Found, group: int) -> File:
    row = found.row
    return File(
        tenant=row.tenant,
        model=row.model,
        batch=row.batch,
        item=found.item,
        version_id=found.version.version_id,
        group=group,
    )


def _content_type(found: ObjectVersion, model: ModelProfile, app: App) -> str:
    """What its dropper said, or, where that is nothing a job takes, the sample's; empty when it is gone."""
    try:
        said = app.artifacts.content_type(found.bucket, found.key, found.version_id)
    except Rejected:
        return ""
    return said if said != DEFAULT_TYPE and _TYPE.fullmatch(said) else model.sample.content_type
