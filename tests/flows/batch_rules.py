"""What must hold of batches in a world at rest: each has an end or waits, no result is missing, no run is left over."""

from collections.abc import Iterable, Iterator

from tenantry.domain.batches import BatchRow, BatchState, RunRow
from tenantry.domain.names import DropKind, parse_drop
from tenantry.domain.notices import NoticeRow
from tests.flows.rows import rows_of
from tests.flows.twins import DROP, RESULTS
from tests.flows.world import World

WAITING = {BatchState.RECEIVED, BatchState.RUNNING}


def batches_at_rest(world: World) -> Iterator[str]:
    rows = {(row.tenant, row.model, row.batch): row for row in rows_of(world, BatchRow)}
    for key, row in rows.items():
        if row.state is BatchState.RUNNING or row.asked:
            yield f"batch {key} is {row.state}, asked for by '{row.asked}'"
        if row.state is BatchState.DONE and (missing := _inputs(world, key) - _results(world, key)):
            yield f"batch {key} is DONE without results of {missing}"
    for key in {_key(one.key) for one in world.twins.artifacts.listing(DROP, "batches/")} - rows.keys():
        yield f"batch {key} has no row"
    yield from _told(world, rows.values())


def runs_leave_nothing(world: World) -> Iterator[str]:
    yield from (f"run {row.run} is open" for row in rows_of(world, RunRow) if not row.ended)
    yield from (f"{one.key} is left" for one in world.twins.artifacts.listing(RESULTS, "_jobs/"))
    running = [name for name, job in world.twins.hosting.jobs.all.items() if job.status == "InProgress"]
    yield from (f"job {name} is still at work" for name in running)


def batch_ends(world: World) -> dict[tuple[str, ...], str]:
    """What every batch has come to."""
    return {("batch", row.tenant, row.model, row.batch): row.state.value for row in rows_of(world, BatchRow)}


def _told(world: World, rows: Iterable[BatchRow]) -> Iterator[str]:
    """An end and what is told of it are one write."""
    notices = [row for row in rows_of(world, NoticeRow) if row.notice.about == "batch"]
    heard = {(row.audience, row.notice.model, name) for row in notices for name in row.notice.batch.split(", ")}
    for row in rows:
        if row.state not in WAITING and (row.tenant, row.model, row.batch) not in heard:
            yield f"batch {row.batch} of {row.tenant} is {row.state}, and nobody was told"


def _key(key: str) -> tuple[str, str, str]:
    drop = parse_drop(key)
    assert drop.kind is DropKind.BATCH
    return drop.tenant, drop.model, drop.version


def _inputs(world: World, key: tuple[str, str, str]) -> set[str]:
    prefix = "batches/{}/{}/{}/".format(*key)
    there = (one for one in world.twins.artifacts.listing(DROP, prefix) if one.is_latest and one.size)
    return {one.key.removeprefix(prefix) for one in there}


def _results(world: World, key: tuple[str, str, str]) -> set[str]:
    tenant, model, batch = key
    prefix = f"results/{tenant}/{model}/batches/dt="
    keys = (one.key.removeprefix(prefix).partition("/")[2] for one in world.twins.artifacts.listing(RESULTS, prefix))
    return {one.removeprefix(f"{batch}/").removesuffix(".out") for one in keys if one.startswith(f"{batch}/")}
