"""Who has not said yes to mail, or to notices at an endpoint: compared with what profiles name.

SNS forgets a subscription that nobody confirmed after 48 hours (its guide, sns-delete-subscription-topic), so what it
lists is not enough to know. Nothing waits for a confirmation: a release ends all the same, and its notice is kept.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from tenantry.domain.tenants import TenantRow
from tenantry.domain.views import Status
from tenantry_cli.world import Address, World

ASK = (
    "ask them to click the link in AWS's mail, or to visit the SubscribeURL that SNS sent to their endpoint; after 48 "
    "hours SNS has forgotten it, and dropping the tenant's profile again sends another"
)


class Silent(NamedTuple):
    """Somebody who hears nothing yet. `topic` is its name, without the ARN around it."""

    topic: str
    address: str


def silent(tenants: Iterable[TenantRow], addresses: Sequence[Address]) -> list[Silent]:
    """Whoever was asked, or should have been, and is not confirmed; by topic and address."""
    confirmed = {Silent(one.topic, one.email) for one in addresses if one.confirmed}
    asked = {Silent(one.topic, one.email) for one in addresses}
    named = {one for row in tenants for one in _named(row)}
    return sorted((asked | named) - confirmed)


def with_silent(found: Status, tenant: str, world: World) -> Status:
    """The status with this tenant's reason completed by who is not confirmed, if AWS tells."""
    row = world.app.registry.get(TenantRow, TenantRow.at(tenant))
    waiting = _of(row, world) if row and row.topic_arn else []
    if not waiting:
        return found
    names = ", ".join(one.address for one in waiting)
    said = (one.model_copy(update={"reason": f"{one.reason}; not confirmed yet: {names}"}) for one in found.tenants)
    return found.model_copy(update={"tenants": tuple(said)})


def _of(row: TenantRow, world: World) -> list[Silent]:
    try:
        return silent([row], world.account.addresses(row.topic_arn))
    except (ClientError, BotoCoreError):
        return []


def _named(row: TenantRow) -> list[Silent]:
    if row.profile is None or not row.topic_arn:
        return []
    topic = row.topic_arn.rsplit(":", 1)[1]
    return [Silent(topic, one) for one in (*row.profile.notify, *row.profile.deliveries)]
