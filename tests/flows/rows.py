"""What is in the tables of a world, whatever its partition."""

from tenantry.domain.approvals import PackageRow
from tenantry.domain.batches import BatchRow, RunRow
from tenantry.domain.compositions import Composition
from tenantry.domain.notices import NoticeRow
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.sharing import PinRow, SharedRoute
from tenantry.domain.tenants import FleetRow, TenantRow
from tenantry.domain.versions import OPEN, Upload
from tests.flows.world import World


def rows_of[R](world: World, kind: type[R]) -> list[R]:
    """Every row of this kind, whatever its partition."""
    prefix = {
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
    table, start = kind.table, prefix.get(kind, "")
    found = []
    for (name, partition), rows in world.twins.registry._partitions.items():
        if name == table and (start or partition == {TenantRow: "TENANTS", FleetRow: "FLEETS"}.get(kind)):
            found += world.twins.registry.rows(kind, partition, start) if any(k.startswith(start) for k in rows) else []
    return found


def uploads(world: World) -> list[Upload]:
    return rows_of(world, Upload)


def routes(world: World) -> list[Route]:
    return rows_of(world, Route)


def in_flight(world: World) -> list[Upload]:
    """What is being released now."""
    return [row for row in uploads(world) if row.state in OPEN and row.started]


def name_of(row: Upload) -> str:
    return f"{row.tenant}/{row.model} version {row.version} ({row.upload[:6]}, {row.state})"
