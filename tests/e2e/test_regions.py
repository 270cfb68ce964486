"""The stack in two regions, as `make up REGIONS=…` has it: one drop, two releases, one client for both."""

import json
import shutil
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from rich.console import Console

from local.demo import training
from local.demo.timeline import Timeline
from local.environment import read_environment
from local.home import ROOT, Home
from local.processes import stop
from local.up import Steps, together, turn
from tenantry_client import Tenantry
from tests.e2e.conftest import World, stand_in

pytestmark = pytest.mark.e2e
HOME, FAR = "us-east-1", "eu-west-1"
AGAIN = 1000.0
"""Seconds of the client's clock for which it stays away from home."""


class Pair(NamedTuple):
    """The two regions, each by its own exports."""

    home: World
    far: World


class Clock:
    """Runs, and can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture(scope="module")
def pair(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two local clouds beside the session's, of the same build; containers are stand-ins."""
    folder = tmp_path_factory.mktemp("regions")
    own = Home(folder / "cloud")
    own.folder.mkdir()
    own.build.symlink_to(Home().build)
    (folder / "statemachines").symlink_to(ROOT / "statemachines")  # the build names them as it lies to them
    try:
        together(own, ROOT, Steps(Console(quiet=True)), 0, (HOME, FAR))
        regions = Pair(*(_world(world, home) for home in (own, own.further(FAR))))
        for region in regions:
            turn(region.env["LOCAL_CLOUD_KNOBS"], "hosting", {"stand_in": True})
        yield regions
    finally:
        for home in own.all:
            stop(home)
        shutil.rmtree(folder, ignore_errors=True)


def _world(session: World, home: Home) -> World:
    return World(session.env | read_environment(home), Timeline(Console(quiet=True)))


@pytest.fixture(scope="module")
def released(pair: Pair) -> Pair:
    """A fleet, a tenant and version 1 of its model, all dropped at home, are live in both."""
    home, _ = pair
    home.put("fleets/sklearn.json", json.dumps(json.loads(training.FLEET) | {"instances": {"min": 1}}).encode())
    home.wait("fleet", "sklearn")
    home.put("tenants/acme.json", training.tenant_profile("acme@tenants.example", {"churn": 24}))
    home.wait("tenant", "acme")
    home.put("models/acme/churn/1/model.tar.gz", stand_in("version 1"))
    for region in pair:
        region.wait("acme", "churn", "1")
    return pair


def test_one_drop_is_released_in_each_region_on_an_endpoint_of_its_own(released: Pair) -> None:
    uploads = set()
    for region, name in zip(released, (HOME, FAR), strict=True):
        host = host_record(region)
        status = region.status("acme")
        [version], [route] = status["versions"], status["routes"]
        endpoint = region.boto("sagemaker").describe_endpoint(EndpointName=host["endpoint"])
        assert (version["state"], route["version"], route["endpoint"]) == ("LIVE", "1", host["endpoint"])
        assert (host["region"], endpoint["EndpointArn"].split(":")[3]) == (name, name)
        assert endpoint["EndpointStatus"] == "InService"
        uploads.add(version["upload"])
    assert len(uploads) == 2


def host_record(region: World) -> dict[str, str]:
    """What stands in this region's routes about the host that the fleet is."""
    key = {"pk": {"S": "HOST#fleet-sklearn"}, "sk": {"S": "HOST"}}
    item = region.boto("dynamodb").get_item(TableName=region.env["ROUTES_TABLE"], Key=key)["Item"]
    return {name: item[name]["S"] for name in ("endpoint", "region")}


def test_what_is_run_once_stays_where_it_was_dropped(released: Pair) -> None:
    """Copies are carried one after another: when the version is there, what was dropped before it would be, too."""
    home, far = released
    once = ["batches/acme/churn/today/one.csv", "requests/acme/churn/r-1.csv"]
    for key in once:
        home.put(key, b"0.1,0.2,0.3,0.4\n")
    home.put("models/acme/churn/2/model.tar.gz", stand_in("version 2"))
    for region in released:
        region.wait("acme", "churn", "2")
    lie = [[key for key in dropped(region) if key.startswith(("batches/", "requests/"))] for region in (home, far)]
    assert lie == [once, []]
    assert {key for key in dropped(home) if key not in once} == set(dropped(far))


def dropped(region: World) -> list[str]:
    """The keys in this region's drop bucket, sorted."""
    found = region.boto("s3").list_objects_v2(Bucket=region.env["DROP_BUCKET"])
    return sorted(one["Key"] for one in found["Contents"])


def test_a_client_is_answered_elsewhere_while_its_region_is_down_and_goes_home_again(
    released: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = released
    for name, value in home.env.items():
        monkeypatch.setenv(name, value)
    clock = Clock()
    acme = Tenantry(
        "acme", role_arn=home.env["TENANT_ACCESS_ROLE_ARN"], fallback=(FAR,), again=AGAIN, emit=None, clock=clock
    )

    def answered() -> tuple[str, bytes]:
        answer = acme.invoke("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv")
        return answer.region, answer.body

    live = f"version {home.status('acme')['routes'][0]['version']}".encode()
    assert answered() == (HOME, live)
    turn(home.env["LOCAL_CLOUD_KNOBS"], "regions", {"down": True})
    try:
        assert [answered(), answered()] == [(FAR, live)] * 2
    finally:
        turn(home.env["LOCAL_CLOUD_KNOBS"], "regions", {"down": False})
    assert answered() == (FAR, live), "it stays away for a while, though home is back"
    clock.ahead += AGAIN
    assert answered() == (HOME, live)
