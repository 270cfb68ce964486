"""rollback, from the command to the route, on memory twins."""

from datetime import timedelta

import pytest

from tenantry.domain.plans import Call
from tenantry.domain.routes import LoadRow, Route
from tenantry.domain.versions import State, Upload
from tests.unit.cli.world import T0, TwinWorld, fleet, host, tenant


def version(name: str, state: State, order: str) -> Upload:
    key = f"acme/churn/{name}.tar.gz"
    return Upload(
        tenant="acme",
        model="churn",
        version=name,
        upload=f"u{name}",
        bucket="drop",
        key_="k",
        version_id="v",
        size=1,
        order=order,
        state=state,
        reason="r",
        since=T0,
        received_at=T0,
        sha256="0" * 64,
        serving_key=key,
        copied=True,
        host="fleet-sklearn",
        target=key,
    )


def load(row: Upload) -> LoadRow:
    return LoadRow(
        host="fleet-sklearn",
        target=row.target,
        tenant="acme",
        model="churn",
        upload=row.upload,
        sha256=row.sha256,
        lease_until=T0,
        loaded_at=T0,
        proven_at=T0,
        evidence={},
    )


@pytest.fixture
def swapped(world: TwinWorld) -> TwinWorld:
    """Version 2 is live, version 1 on standby, both on a real endpoint of the twin."""
    name = host().endpoint
    container = {"ModelDataUrl": "s3://serving/", "Mode": "MultiModel", "Image": "i"}
    variant = {"VariantName": "all", "ModelName": name, "InitialInstanceCount": 2}
    for operation, params in (
        ("CreateModel", {"ModelName": name, "PrimaryContainer": container}),
        ("CreateEndpointConfig", {"EndpointConfigName": name, "ProductionVariants": [variant]}),
        ("CreateEndpoint", {"EndpointName": name, "EndpointConfigName": name}),
    ):
        world.hosting.carry_out(Call(operation=operation, params=params))
    world.clock.advance_to(T0 + timedelta(hours=1))
    old, new = version("1", State.STANDBY, "1"), version("2", State.LIVE, "2")
    for row in (old, new):
        world.artifacts.put("serving", row.target, b"model")
    live = Route(
        tenant="acme",
        model="churn",
        host="fleet-sklearn",
        target=new.target,
        version="2",
        upload="u2",
        order="2",
        floor="2",
        since=T0,
        standby="u1",
    )
    world.has(tenant(), fleet(), host(), old, new, load(old), load(new), live)
    return world


def test_the_version_on_standby_is_live_again(swapped: TwinWorld) -> None:
    result = swapped.run("rollback", "acme", "churn")
    assert result.exit_code == 0
    assert result.stdout == "acme/churn: version 1 is live again, in place of 2 (generation 2)\n"
    route = swapped.registry.get(Route, Route.at("acme", "churn"))
    assert route is not None
    assert (route.version, route.floor) == ("1", "2")
    states = {one["version"]: one["state"] for one in swapped.json("status")["versions"]}
    assert states == {"1": "LIVE", "2": "ROLLED_BACK"}


def test_a_named_version_can_be_gone_back_to_and_forth(swapped: TwinWorld) -> None:
    assert swapped.json("rollback", "acme", "churn", "--to", "1")["generation"] == 2
    assert swapped.json("rollback", "acme", "churn", "--to", "2") == {
        "version": "2",
        "upload": "u2",
        "replaced": "1",
        "generation": 3,
        "canary": False,
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("acme", "churn", "--to", "2"), "version 2 is live already"),
        (("acme", "churn", "--to", "9"), "there is no version 9"),
        (("acme", "fraud"), "acme/fraud has no live version"),
    ],
)
def test_what_cannot_be_gone_back_to_is_one_sentence(swapped: TwinWorld, words: tuple[str, ...], says: str) -> None:
    result = swapped.run("rollback", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
