"""Set schedules: those that a tenant's profile names, and no others; none fires while the tenant is suspended."""

from tenantry.domain.base import Value
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.names import schedule_name, schedules_of
from tenantry.domain.profiles import TenantProfile
from tenantry.domain.tenants import TenantRow
from tenantry.usecases.app import App
from tenantry.usecases.inputs import BatchTask, TenantTask


class SetSchedules(Value):
    """The schedules that the tenant has now."""

    schedules: tuple[str, ...]


def set_schedules(task: TenantTask, app: App) -> SetSchedules:
    """As the profile that is coming into force says. ReleaseFailed, in AWS's words, when a schedule is refused."""
    row = app.registry.get(TenantRow, TenantRow.at(task.tenant))
    profile = (row.coming or row.profile) if row else None
    if profile is None:
        raise ReleaseFailed(f"the registry has no profile of tenant {task.tenant}")
    return SetSchedules(schedules=put_schedules(task.tenant, profile, app, enabled=True))


def put_schedules(tenant: str, profile: TenantProfile, app: App, *, enabled: bool) -> tuple[str, ...]:
    """Bring the tenant's schedules after this profile; their names."""
    jobs = {name: model.jobs for name, model in profile.models.items()}
    wanted = {name: job.schedule for name, job in jobs.items() if job and job.schedule}
    named = {schedule_name(tenant, model): model for model in wanted}
    for name in app.schedules.names(schedules_of(tenant)):
        if name not in named:
            app.schedules.remove(name)
    for name, model in named.items():
        payload = BatchTask(tenant=tenant, model=model).payload()
        app.schedules.put(name, wanted[model], payload, enabled=enabled)
    return tuple(sorted(named))


def remove_schedules(tenant: str, app: App) -> None:
    """Remove every schedule of a tenant that leaves."""
    for name in app.schedules.names(schedules_of(tenant)):
        app.schedules.remove(name)
