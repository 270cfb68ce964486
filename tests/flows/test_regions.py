"""Each region releases what is dropped in any of them, on its own, and both agree on what is newest."""

from datetime import timedelta

import pytest

from tests.flows.archives import archive
from tests.flows.conftest import FLEET, tenant_profile
from tests.flows.invariants import breaches_at_rest
from tests.flows.regions import FAR, HOME, Regions, arrive
from tests.flows.world import World


@pytest.fixture
def regions(worlds: list[World]) -> Regions:
    """Two regions, in which nothing has been dropped yet."""
    made = Regions()
    worlds.append(made.home)
    return made


@pytest.fixture
def serving(regions: Regions) -> Regions:
    """Version 1 is live in both."""
    drop_everything(regions.home)
    regions.run()
    assert live(regions) == ["1", "1"]
    return regions


def drop_everything(world: World, version: str = "1") -> None:
    world.drop("fleets/sklearn.json", FLEET)
    world.drop("tenants/acme.json", tenant_profile("churn"))
    release(world, version)


def release(world: World, version: str) -> None:
    world.drop(f"models/acme/churn/{version}/model.tar.gz", archive(f"answer of {version}"))


def live(regions: Regions) -> list[str]:
    routes = (world.route("acme", "churn") for world in (regions.home, regions.far))
    return [route.version if route else "" for route in routes]


@pytest.mark.parametrize("seed", range(6))
def test_one_drop_is_released_in_every_region_whatever_arrives_first(seed: int) -> None:
    """A replica may come before its tenant's profile, and that before its fleet's: nothing is turned away for it."""
    regions = Regions(seed)
    drop_everything(regions.home)
    regions.run()
    assert live(regions) == ["1", "1"]
    assert [move.state for move in regions.home.version("acme", "churn", "1").moves][-1] == "LIVE"
    assert breaches_at_rest(regions.home) == []


def test_each_region_has_rows_and_endpoints_of_its_own(serving: Regions) -> None:
    here, there = (world.version("acme", "churn", "1") for world in (serving.home, serving.far))
    assert (here.version_id, here.order) == (there.version_id, there.order)
    assert here.upload != there.upload
    assert (here.replica, there.replica) == (False, True)
    assert [world.runs("release-model") != [] for world in (serving.home, serving.far)] == [True, True]


@pytest.mark.parametrize("seed", range(6))
def test_versions_of_one_second_have_the_same_order_in_every_region(seed: int) -> None:
    regions = Regions(seed)
    drop_everything(regions.home)
    regions.run()
    for version in ("a", "b", "c", "d"):
        release(regions.home, version)
    regions.run()
    ranks = [[row.version for row in world.versions("acme", "churn")] for world in (regions.home, regions.far)]
    assert ranks[0] == ranks[1]
    assert live(regions) == [ranks[0][-1]] * 2


def test_drops_in_both_regions_end_alike(serving: Regions) -> None:
    release(serving.home, "2")
    serving.run(minutes=1)
    release(serving.far, "3")
    serving.run()
    assert live(serving) == ["3", "3"]
    assert {row.version for row in serving.home.versions("acme", "churn")} == {"1", "2", "3"}


def test_a_version_that_was_held_up_on_its_way_never_goes_backwards(serving: Regions) -> None:
    serving.cut_off = True
    release(serving.home, "2")
    serving.run(minutes=5)
    release(serving.far, "3")
    serving.run(minutes=5)
    assert live(serving) == ["2", "3"]
    serving.cut_off = False
    serving.run()
    assert live(serving) == ["3", "3"]
    assert serving.far.version("acme", "churn", "2").state == "SUPERSEDED"


def test_requests_and_batches_stay_where_they_were_dropped(serving: Regions) -> None:
    serving.home.drop("requests/acme/churn/r1", b"1")
    serving.home.drop("batches/acme/churn/b1/part-1", b"1")
    serving.run(minutes=2)
    listed = serving.far.twins.artifacts.listing(serving.far.twins.settings.drop_bucket, "")
    assert not [found.key for found in listed if found.key.startswith(("requests/", "batches/"))]


def test_a_tenant_that_leaves_leaves_everywhere_and_may_come_back(serving: Regions) -> None:
    serving.home.delete("tenants/acme.json")
    serving.run()
    assert [world.tenant("acme").state for world in (serving.home, serving.far)] == ["SUSPENDED"] * 2
    serving.home.drop("tenants/acme.json", tenant_profile("churn"))
    serving.run()
    assert [world.tenant("acme").state for world in (serving.home, serving.far)] == ["READY"] * 2


@pytest.mark.parametrize("seed", range(4))
def test_replicas_that_no_event_tells_of_are_found_by_the_sweep(seed: int) -> None:
    """Which event a replica raises is not documented; nothing depends on it."""
    regions = Regions(seed, told=False, scheduled=True)
    drop_everything(regions.home)
    regions.run(minutes=40)
    assert live(regions) == ["1", "1"]
    regions.home.delete("tenants/acme.json")
    regions.run(minutes=10)
    assert [world.tenant("acme").state for world in (regions.home, regions.far)] == ["SUSPENDED"] * 2


@pytest.mark.parametrize(
    ("missing", "why"),
    [("tenant", "there is no tenant acme"), ("model", "names no model churn"), ("fleet", "there is no fleet sklearn")],
)
def test_what_never_comes_ends_a_replica_after_half_an_hour_with_the_usual_sentence(missing: str, why: str) -> None:
    far = Regions(scheduled=True).far
    if missing == "model":
        arrive(far, "fleets/sklearn.json", FLEET)
    if missing != "tenant":
        arrive(far, "tenants/acme.json", tenant_profile("churn" if missing == "fleet" else "other"))
    arrive(far, "models/acme/churn/1/model.tar.gz", archive("1"))
    far.run(timedelta(minutes=20))
    row = far.version("acme", "churn", "1")
    assert (row.state, "on its way from another region" in row.reason) == ("HELD", True)
    far.run(timedelta(minutes=20))
    row = far.version("acme", "churn", "1")
    assert row.state == "REJECTED"
    assert why in row.reason
    assert "on its way" not in row.reason


def test_who_shares_a_model_may_arrive_before_its_owner() -> None:
    far = Regions().far
    arrive(far, "tenants/acme.json", {"isolation": "pool", "owner": "vendor", "shared": {"churn": {}}})
    far.run()
    assert far.tenant("acme").state == "READY"
    far.drop("tenants/beta.json", {"isolation": "pool", "owner": "nobody", "shared": {"churn": {}}})
    far.run()
    assert far.tenant("beta").state == "REJECTED", "what was dropped here is judged here"


def test_at_home_a_drop_without_a_tenant_is_turned_away_at_once(regions: Regions) -> None:
    release(regions.home, "1")
    regions.run(minutes=1)
    assert regions.home.version("acme", "churn", "1").state == "REJECTED"


def break_endpoint(world: World) -> None:
    for name in list(world.twins.hosting.control.endpoints):
        world.twins.hosting.control.endpoints.pop(name)


def test_a_client_goes_on_in_the_other_region_when_its_own_is_lost_and_comes_home(serving: Regions) -> None:
    acme = serving.client(again=30)
    assert acme.invoke("churn", b"1").region == HOME
    kept = dict(serving.home.twins.hosting.control.endpoints)
    break_endpoint(serving.home)
    answers = [acme.invoke("churn", b"1") for _ in range(20)]
    assert {(answer.region, answer.body) for answer in answers} == {(FAR, b"answer of 1")}
    serving.home.twins.hosting.control.endpoints.update(kept)
    serving.run(minutes=1)
    assert acme.invoke("churn", b"1").region == HOME


def test_a_release_goes_on_where_a_region_is_lost_and_the_client_gets_it(serving: Regions) -> None:
    acme = serving.client()
    break_endpoint(serving.home)
    release(serving.home, "2")
    serving.run(minutes=5)
    assert live(serving)[1] == "2"
    answer = acme.invoke("churn", b"1")
    assert (answer.region, answer.version, answer.body) == (FAR, "2", b"answer of 2")
