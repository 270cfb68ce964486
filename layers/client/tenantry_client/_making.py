"""How a tenant's site in one region is made: whose credentials, which table, whose counts."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import boto3

from tenantry_client._access import scoped_session
from tenantry_client._clients import Clients, connect, in_region
from tenantry_client._counting import Emit, Meter, default_emit
from tenantry_client._requests import Requests
from tenantry_client._settings import Settings, buckets, named, role_of, settle
from tenantry_client._site import Pace, Site
from tenantry_client._table import RoutesTable


class Region(NamedTuple):
    """Another region that the same installation is deployed in, as `Tenantry(fallback=…)` takes it.

    What is left out is what the home region has (`stack`) or what the stack there says of itself.
    """

    name: str
    stack: str | None = None
    routes_table: str | None = None
    role_arn: str | None = None
    clients: Clients | None = None


@dataclass(frozen=True)
class Maker:
    """Makes the sites of one tenant. `scoped`: with the credentials of its TenantAccess role."""

    tenant: str
    pool: str | None
    scoped: bool
    pace: Pace
    emit: Emit | Literal["auto"] | None
    emit_every: float

    def here(self, session: boto3.Session, own: Region, stack: str | None) -> Site:
        """The site in the session's region, of which the environment may tell. `stack`: as the caller named it."""
        settings = settle(session, stack, own.routes_table)
        return self._site(session, settings, own.role_arn, own.clients, os.environ)

    def there(self, session: boto3.Session, region: Region) -> Site:
        """The site in another region than the session's; of that one the environment tells nothing."""
        there = in_region(session, region.name)
        settings = settle(there, named(region.stack), region.routes_table, {})
        role_arn = (region.role_arn or role_of(there, settings.stack)) if self.scoped else None
        return self._site(there, settings, role_arn, region.clients, {}, region.name)

    def others(self, session: boto3.Session, own: Region, fallback: Sequence[str | Region]) -> list[Callable[[], Site]]:
        """What makes each of the other sites; the home region, which a list for all regions may name, is none."""
        wanted = [one if isinstance(one, Region) else Region(one) for one in fallback]
        whole = [one._replace(stack=one.stack or own.stack) for one in wanted if one.name != own.name]
        return [partial(self.there, session, one) for one in whole]

    def _site(
        self,
        session: boto3.Session,
        settings: Settings,
        role_arn: str | None,
        clients: Clients | None,
        environ: Mapping[str, str],
        abroad: str = "",
    ) -> Site:
        own, name = session, session.region_name or ""
        if role_arn:
            session = scoped_session(session, role_arn, self.tenant, settings.routes_table, self.pool)
        known = clients or connect(session)
        emit = default_emit(settings.stack) if self.emit == "auto" else self.emit
        table = RoutesTable(known.dynamodb, settings.routes_table, self.tenant)
        meter = Meter(self.tenant, emit, self.emit_every, self.pace.clock(), abroad)
        requests = Requests(
            self.tenant, name, lambda: known.s3 or session.client("s3"), lambda: buckets(own, settings.stack, environ)
        )
        return Site(self.tenant, name, self.pace, table, known.runtime, requests, meter)
