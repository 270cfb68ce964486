"""What no row names: copies are removed, and of endpoints the operator is told."""

from datetime import timedelta

import pytest

from tenantry.domain.names import parse_serving_key, serving_key
from tenantry.domain.plans import Call
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.versions import State
from tenantry.domain.writes import Delete, Put
from tenantry.serving.multi_model import create_host
from tenantry.serving.placements import HostSettings
from tenantry.usecases.sweeping import Swept, sweep_registry
from tests.flows.archives import archive
from tests.flows.conftest import FLEET, drop_version
from tests.flows.twins import SERVING
from tests.flows.world import World

HOUR = timedelta(hours=1, minutes=1)


def copies(world: World) -> set[str]:
    return {one.key for one in world.twins.artifacts.listing(SERVING, "")}


def swept(world: World, after: timedelta = HOUR) -> Swept:
    world.twins.clock.sleep(after.total_seconds())
    found = sweep_registry(world.twins)
    world.run()
    return found


def stand(world: World, name: str, stack: str = "tenantry") -> None:
    """An endpoint in service that nobody has a row for."""
    settings = HostSettings(stack=stack, role_arn="arn:aws:iam::123456789012:role/r", models="s3://b/")
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sklearn:1"
    for call in create_host(name, "sklearn", FleetProfile.model_validate(FLEET), image, settings).calls:
        world.twins.hosting.carry_out(call)


def told(world: World) -> list[str]:
    return [notice.details["endpoint"] for notice in world.notices("") if notice.about == "endpoint"]


# --- copies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tenant", ["acme", "stranger"])
def test_a_copy_that_no_row_names_goes_after_an_hour(serving: World, tenant: str) -> None:
    before = copies(serving)
    stray = serving_key(tenant, "churn", "a" * 26, "0" * 64)
    serving.twins.artifacts.put(SERVING, stray, archive())
    assert swept(serving, timedelta(minutes=59)).orphans == 0
    assert copies(serving) == {*before, stray}
    assert swept(serving, timedelta(minutes=2)).orphans == 1
    assert copies(serving) == before
    assert swept(serving).orphans == 0


def test_a_copy_that_was_finished_after_its_release_had_ended_goes(serving: World) -> None:
    """The function was given up for dead; it went on, and made the copy that had just been removed."""
    serving.fail("prove_model", RuntimeError("boom"))
    drop_version(serving, "2")
    serving.run()
    row = serving.version("acme", "churn", "2")
    assert (row.state, row.copied) == (State.FAILED, False)
    serving.twins.artifacts.put(SERVING, row.serving_key, archive())
    assert swept(serving).orphans == 1
    assert row.serving_key not in copies(serving)


def test_copies_of_versions_that_are_kept_or_on_their_way_stay(serving: World) -> None:
    drop_version(serving, "2")
    serving.run()
    serving.fail("prove_model", RuntimeError("boom"))
    serving.fail("settle_release", RuntimeError("worse"))
    serving.events = False
    drop_version(serving, "3")
    serving._letters.append((serving.sent[-1], 0))
    serving.run()
    states = {row.version: row.state for row in serving.versions("acme", "churn")}
    assert states == {"1": State.STANDBY, "2": State.LIVE, "3": State.WARM}
    before = copies(serving)
    assert len(before) == 3
    serving.twins.clock.sleep(HOUR.total_seconds())
    assert sweep_registry(serving.twins).orphans == 0
    assert copies(serving) == before


def test_what_a_route_names_stays_although_its_row_is_gone(serving: World) -> None:
    row, before = serving.version("acme", "churn", "1"), copies(serving)
    serving.twins.registry.commit(Delete(row=row))
    assert swept(serving).orphans == 0
    assert copies(serving) == before


def test_a_released_again_upload_keeps_the_copy_it_will_need(serving: World) -> None:
    """After a restore of the table: the row is new, and its copy lies there already."""
    serving.fail("prove_model", RuntimeError("boom"))
    drop_version(serving, "2")
    serving.run()
    row = serving.version("acme", "churn", "2")
    serving.twins.artifacts.put(SERVING, row.serving_key, archive())
    fresh = row.but(state=State.RECEIVED, serving_key="", copied=False, owner="u-x-1")
    serving.twins.registry.commit(Put(row=fresh))
    serving.twins.machines.start("release-model", "u-x-1", {"schema": 1})
    serving.twins.clock.sleep(HOUR.total_seconds())
    assert sweep_registry(serving.twins).orphans == 0


def test_at_most_twenty_go_in_a_run_and_nothing_that_somebody_else_put_there(serving: World) -> None:
    before = copies(serving)
    for number in range(25):
        serving.twins.artifacts.put(SERVING, serving_key("acme", "churn", "a" * 26, f"{number:064}"[::-1]), b"x")
    serving.twins.artifacts.put(SERVING, "acme/README.txt", b"x")
    assert [swept(serving).orphans, swept(serving).orphans, swept(serving).orphans] == [20, 5, 0]
    assert copies(serving) == {*before, "acme/README.txt"}


@pytest.mark.parametrize(
    "key", ["acme/churn/x.tar.gz", f"acme/{'a' * 26}-{'0' * 16}.tar.gz", f"A/b/{'a' * 26}-{'0' * 16}.tar.gz", ""]
)
def test_only_what_the_control_plane_writes_is_read_as_a_copy(key: str) -> None:
    assert parse_serving_key(key) is None
    assert parse_serving_key(serving_key("acme", "churn", "a" * 26, "f" * 64)) == ("acme", "churn", "a" * 26)


# --- endpoints ----------------------------------------------------------------------------------------------------


def test_the_operator_is_told_once_of_an_endpoint_that_no_row_names(serving: World) -> None:
    stand(serving, "tenantry-sklearn-0123456789abcdef")
    assert swept(serving, timedelta(minutes=50)).orphans == 0
    assert swept(serving, timedelta(minutes=11)).orphans == 1
    [notice] = [one for one in serving.notices("") if one.about == "endpoint"]
    assert (notice.fleet, notice.state) == ("sklearn", "ORPHANED")
    assert "tenantry-sklearn-0123456789abcdef" in notice.reason
    assert "aws sagemaker delete-endpoint --endpoint-name tenantry-sklearn-0123456789abcdef" in notice.fix
    assert swept(serving).orphans == 0
    assert serving.twins.hosting.endpoint("tenantry-sklearn-0123456789abcdef") is not None, "the operator decides"


def test_an_endpoint_of_another_stack_is_nobody_s_business(serving: World) -> None:
    stand(serving, "tenantry-dev-sklearn-0123456789abcdef", stack="tenantry-dev")
    stand(serving, "somebody-elses", stack="tenantry")
    assert swept(serving).orphans == 0
    assert told(serving) == []


def test_endpoints_that_serve_stand_by_or_leave_are_no_orphans(serving: World) -> None:
    serving.twins.clock.sleep(1)
    serving.drop("fleets/sklearn.json", FLEET | {"instance_type": "ml.m5.xlarge", "grace": 5})
    serving.run(until=timedelta(hours=2))
    assert len(serving.twins.hosting.control.endpoints) == 2
    assert sweep_registry(serving.twins).orphans == 0
    serving.run()
    serving.twins.hosting.carry_out(Call(operation="DeleteEndpoint", params={"EndpointName": "none"}))
    assert swept(serving).orphans == 0


def test_an_endpoint_that_is_leaving_already_is_not_told(serving: World) -> None:
    stand(serving, "tenantry-sklearn-0123456789abcdef")
    serving.slow_down(delete=10_000)
    serving.twins.clock.sleep(HOUR.total_seconds())
    delete = Call(operation="DeleteEndpoint", params={"EndpointName": "tenantry-sklearn-0123456789abcdef"})
    serving.twins.hosting.carry_out(delete)
    assert sweep_registry(serving.twins).orphans == 0
