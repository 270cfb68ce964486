"""What is in the tables of a world, as its judges read it: past every port, so that no fault strikes them."""

import json
from functools import lru_cache

from tenantry.adapters.stored import row_of
from tenantry.domain.approvals import PackageRow
from tenantry.domain.base import Row
from tenantry.domain.batches import BatchRow, RunRow
from tenantry.domain.compositions import Composition
from tenantry.domain.notices import NoticeRow
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.sharing import PinRow, SharedRoute
from tenantry.domain.tenants import FleetRow, TenantRow
from tenantry.domain.versions import OPEN, Upload
from tests.flows.world import World

PREFIXES: dict[type[Row], str] = {
    Upload: "UPLOAD#",
    Route: "MODEL#",
    LoadRow: "LOAD#",
    NoticeRow: "NOTICE#",
    HostRow: "HOST",
    SharedRoute: "SHARED#",
    PinRow: "PIN#",
    Composition: "COMPOSITION",
    PackageRow: "PACKAGE",
    BatchRow: "BATCH#",
    RunRow: "RUN#",
}
PARTITIONS: dict[type[Row], str] = {TenantRow: "TENANTS", FleetRow: "FLEETS"}


def row_at[R: Row](world: World, kind: type[R], key: tuple[str, str]) -> R | None:
    """The row with this key, if it is there."""
    partition, sort = key
    text = world.twins.registry._partitions.get((kind.table, partition), {}).get(sort)
    return _read(kind, text) if text else None


def rows_at[R: Row](world: World, kind: type[R], partition: str, prefix: str = "") -> list[R]:
    """The rows of this partition, in the order of their keys."""
    there = world.twins.registry._partitions.get((kind.table, partition), {})
    return [_read(kind, there[sort]) for sort in sorted(there) if sort.startswith(prefix)]


def rows_of[R: Row](world: World, kind: type[R]) -> list[R]:
    """Every row of this kind, whatever its partition."""
    if kind in PARTITIONS:
        return rows_at(world, kind, PARTITIONS[kind])
    partitions = [partition for table, partition in world.twins.registry._partitions if table == kind.table]
    return [row for partition in partitions for row in rows_at(world, kind, partition, PREFIXES[kind])]


@lru_cache(maxsize=4_000)
def _read[R: Row](kind: type[R], text: str) -> R:
    """Read once, however often it is judged: judges change nothing, and the functions get rows of their own."""
    return row_of(kind, json.loads(text))


def uploads(world: World) -> list[Upload]:
    return rows_of(world, Upload)


def routes(world: World) -> list[Route]:
    return rows_of(world, Route)


def in_flight(world: World) -> list[Upload]:
    """What is being released now."""
    return [row for row in uploads(world) if row.state in OPEN and row.started]


def name_of(row: Upload) -> str:
    return f"{row.tenant}/{row.model} version {row.version} ({row.upload[:6]}, {row.state})"
