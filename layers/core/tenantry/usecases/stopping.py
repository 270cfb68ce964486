"""The jobs of a run, looked at when it ends: what they said, and what of the run is left in SageMaker."""

from tenantry.domain.batches import ATTEMPTS, Inputs, RunRow
from tenantry.domain.hosting import JOB_LOGS, JobView
from tenantry.domain.plans import Plan
from tenantry.serving import batch_transform
from tenantry.usecases.app import App
from tenantry.usecases.attempting import jobs_of
from tenantry.usecases.collecting import JOB_ENDS
from tenantry.usecases.lending import targets

Views = dict[int, list[JobView]]
"""The jobs that a group had, in the order of its attempts."""


def views_of(run: RunRow, app: App) -> Views:
    """Every job of the run."""
    found: Views = {}
    for attempt in range(1, ATTEMPTS + 1):
        for group, name in jobs_of(run, attempt, app).items():
            view = app.hosting.job(name)
            found.setdefault(group, []).extend([view] if view else [])
    return found


def said_by(views: Views, group: int, *, alone: bool) -> str:
    """Why the last job of this group had no output for some file.

    What SageMaker says may name a file. So it is quoted to a tenant who was `alone` in the run, and to no others.
    """
    last = views[group][-1] if views.get(group) else None
    if last is None or not last.reason:
        return "the job had no output for them"
    if not alone:
        return f"the last job ended with {last.reason.partition(':')[0]}"
    return f"{last.reason}; its container's own words are in the log group {JOB_LOGS}, in the streams {last.name}/..."


def leftovers(inputs: Inputs | None, views: Views) -> Plan:
    """Jobs that are still at work are stopped, and the models that were made for the run go."""
    if inputs is None:
        return Plan.nothing("the run has made nothing")
    running = [view.name for jobs in views.values() for view in jobs if view.status not in JOB_ENDS]
    return batch_transform.over(running, targets(inputs))
