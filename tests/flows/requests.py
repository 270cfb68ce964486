"""A silo tenant whose models answer requests from a queue: asked, told, and slowed down."""

from collections.abc import Callable
from datetime import timedelta

from tenantry.domain.names import inference_id
from tenantry.domain.notices import Notice
from tenantry.domain.plans import Call
from tenantry.domain.requests import RequestRow
from tests.flows.twins import DROP
from tests.flows.world import World

ACME = "arn:aws:sns:us-east-1:123456789012:tenantry-acme"
MINUTES = timedelta(minutes=5)
QUEUE, HOOK = "arn:aws:sqs:us-east-1:999999999999:answers", "https://hooks.acme.example/answers"


def ask(world: World, name: str = "r1", body: bytes = b"1,2", tenant: str = "acme") -> RequestRow:
    """Drop a request; its row once the event was taken."""
    made = world.drop(f"requests/{tenant}/churn/{name}", body)
    world.run(timedelta())
    row = world.twins.registry.get(RequestRow, RequestRow.at(inference_id(DROP, made.key, made.version_id)))
    assert row is not None
    return row


def now(world: World, row: RequestRow) -> RequestRow:
    found = world.twins.registry.get(RequestRow, row.key)
    assert found is not None
    return found


def told(world: World, topic: str = ACME) -> list[Notice]:
    """What was published about requests."""
    return [notice for arn, notice in world.twins.channels.notices if arn == topic and notice.about == "request"]


def endpoint_of(world: World, version: str) -> str:
    return f"tenantry-acme-churn-{world.version('acme', 'churn', version).upload}"


def scaled(world: World, version: str, instances: int) -> None:
    """Automatic scaling has changed the number of instances."""
    wanted = [{"VariantName": "all", "DesiredInstanceCount": instances}]
    params = {"EndpointName": endpoint_of(world, version), "DesiredWeightsAndCapacities": wanted}
    world.twins.hosting.control.carry_out(Call(operation="UpdateEndpointWeightsAndCapacities", params=params))
    world.run(MINUTES)


def delivering(world: World, how: Callable[[list[str]], list[str]]) -> None:
    """How SNS delivers from now on."""
    world.delivers = how
