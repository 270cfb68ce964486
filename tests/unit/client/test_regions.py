"""Another region answers what the home region cannot, and only that; and home is tried again after a while."""

import random
from collections.abc import Callable, Sequence

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from tenantry_client import (
    Clients,
    InvalidRequest,
    ModelFailed,
    NoRoute,
    NotAllowed,
    NotReady,
    Region,
    Tally,
    TargetGone,
    Tenantry,
    TenantSuspended,
    Throttled,
    Unavailable,
)
from tests.unit.client.world import FakeClock, World, refusal

HOME, FAR = "us-east-1", "eu-west-1"
DOWN = EndpointConnectionError(endpoint_url="x")
GONE = refusal("ValidationError", "Endpoint endpoint-a of account 123456789012 not found.")
LOADING = refusal("ModelNotReadyException", "the model is being loaded")


@pytest.fixture
def far(world: World) -> World:
    """The same tenant in another region, whose last release has the same version at another generation."""
    other = World(world.clock)
    other.table.route("1", 40)
    other.table.host("endpoint-far")
    return other


def client(world: World, *others: World, **settings: object) -> Tenantry:
    regions = [FAR, "eu-central-1"]
    fallback = [
        Region(name, routes_table="routes", clients=Clients(other.runtime, other.table, other.storage))
        for name, other in zip(regions, others, strict=False)
    ]
    return world.client(session=boto3.Session(region_name=HOME), fallback=fallback, **settings)


def at_home(world: World, count: int = 1) -> None:
    assert len(world.runtime.calls) == count


def test_home_answers_and_nobody_else_is_asked(world: World, far: World) -> None:
    answer = client(world, far).invoke("churn", b"1")
    assert (answer.region, answer.generation) == (HOME, 1)
    assert far.table.reads == []


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (DOWN, 3),
        (ConnectTimeoutError(endpoint_url="x"), 3),
        (ReadTimeoutError(endpoint_url="x"), 1),
        (refusal("ServiceUnavailable", "x"), 3),
        (GONE, 1),
    ],
    ids=["no connection", "no connection in time", "no answer in time", "503", "no such endpoint"],
)
def test_what_home_cannot_give_after_all_its_tries_another_region_does(
    world: World, far: World, failure: Exception, tries: int
) -> None:
    world.runtime.fails_for_ever(failure)
    answer = client(world, far).invoke("churn", b"1")
    assert (answer.region, answer.generation) == (FAR, 40)
    at_home(world, tries)


def test_a_model_that_home_does_not_get_loaded_is_asked_elsewhere_when_patience_ends(world: World, far: World) -> None:
    world.runtime.fails_for_ever(LOADING)
    began = world.clock.now
    assert client(world, far, patience=10).invoke("churn", b"1").region == FAR
    assert world.clock.now - began <= 10


def test_a_region_without_the_route_or_whose_table_cannot_be_read_is_passed_over(world: World, far: World) -> None:
    del world.table.items["TENANT#acme", "MODEL#churn"]
    assert client(world, far).invoke("churn", b"1").region == FAR

    def broken() -> None:
        raise DOWN

    world.table.before = broken
    assert client(world, far).invoke("churn", b"1").region == FAR


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (refusal("ModelError", "x", OriginalStatusCode=400), ModelFailed),
        (refusal("ModelError", "x", OriginalStatusCode=500), ModelFailed),
        (refusal("AccessDeniedException", "x"), NotAllowed),
        (refusal("ThrottlingException"), Throttled),
        (refusal("ValidationError", "1 validation error detected: Value at 'contentType' ..."), InvalidRequest),
    ],
    ids=["the model's 400", "the model's 500", "not allowed", "busy", "a bad request"],
)
def test_what_is_the_same_everywhere_is_asked_nowhere_else(
    world: World, far: World, failure: Exception, kind: type[Exception]
) -> None:
    world.runtime.fails_for_ever(failure)
    with pytest.raises(kind):
        client(world, far).invoke("churn", b"1")
    assert far.table.reads == []


def test_a_suspended_tenant_is_served_nowhere(world: World, far: World) -> None:
    world.table.route("1", 2, suspended={"BOOL": True})
    with pytest.raises(TenantSuspended):
        client(world, far).invoke("churn", b"1")
    assert far.table.reads == []


def test_a_tenant_that_is_suspended_where_it_would_fall_back_to_is_not_served_there(world: World, far: World) -> None:
    world.runtime.fails_for_ever(DOWN)
    far.table.route("1", 41, suspended={"BOOL": True})
    with pytest.raises(TenantSuspended):
        client(world, far).invoke("churn", b"1")


def test_while_home_is_down_calls_go_straight_elsewhere_and_one_call_tries_home_now_and_then(
    world: World, far: World
) -> None:
    acme = client(world, far, again=30)
    world.runtime.fails_for_ever(DOWN)
    for _ in range(100):
        assert acme.invoke("churn", b"1").region == FAR
        world.clock.now += 0.1
    at_home(world, 3)
    world.clock.now += 30
    for _ in range(100):
        assert acme.invoke("churn", b"1").region == FAR
    at_home(world, 6)


def test_home_is_home_again(world: World, far: World) -> None:
    acme = client(world, far, again=30)
    world.runtime.fails(DOWN, DOWN, DOWN)
    assert acme.invoke("churn", b"1").region == FAR
    world.clock.now += 29
    assert acme.invoke("churn", b"1").region == FAR
    world.clock.now += 2
    assert [acme.invoke("churn", b"1").region for _ in range(3)] == [HOME] * 3


def test_one_model_that_is_away_takes_no_other_along(world: World, far: World) -> None:
    for one in (world, far):
        one.table.route("1", 1, model="letters")
    del world.table.items["TENANT#acme", "MODEL#churn"]
    acme = client(world, far)
    assert [acme.invoke(model, b"1").region for model in ("churn", "letters")] == [FAR, HOME]


def test_regions_are_asked_in_their_order(world: World, far: World) -> None:
    third = World(world.clock)
    for one in (world, far):
        one.runtime.fails_for_ever(DOWN)
    assert client(world, far, third).invoke("churn", b"1").region == "eu-central-1"


def test_when_nobody_can_the_failure_told_is_homes_and_home_is_tried_next_time(world: World, far: World) -> None:
    acme = client(world, far)
    world.runtime.fails_for_ever(GONE)
    far.runtime.fails_for_ever(DOWN)
    for calls in (1, 2):
        with pytest.raises(TargetGone, match="not found"):
            acme.invoke("churn", b"1")
        at_home(world, calls)


def test_when_the_other_region_goes_down_too_home_is_tried_at_once(world: World, far: World) -> None:
    acme = client(world, far)
    world.runtime.fails(DOWN, DOWN, DOWN)
    assert acme.invoke("churn", b"1").region == FAR
    far.runtime.fails_for_ever(DOWN)
    assert [acme.invoke("churn", b"1").region for _ in range(2)] == [HOME, HOME]
    assert len(far.runtime.calls) == 1 + 3, "and the other one is let be"


class Meanwhile(FakeClock):
    """Somebody else calls while a call sleeps between its tries."""

    def __init__(self) -> None:
        super().__init__()
        self.do: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.do()


def test_while_one_call_tries_home_again_the_others_do_not_wait_for_it() -> None:
    clock = Meanwhile()
    world, far = World(clock), World(clock)
    acme = client(world, far, again=30)
    world.runtime.fails_for_ever(DOWN)
    acme.invoke("churn", b"1")
    clock.now += 31
    others: list[str] = []
    clock.do = lambda: others.append(acme.invoke("churn", b"1").region)
    assert acme.invoke("churn", b"1").region == FAR
    assert others == [FAR, FAR]
    at_home(world, 6)


def test_another_regions_calls_are_counted_apart(world: World, far: World) -> None:
    """A canary is judged by the counts of its own region; those of another say nothing of it."""
    told: list[Tally] = []
    acme = client(world, far, emit=told.extend)
    acme.invoke("churn", b"1")
    world.runtime.fails(DOWN, DOWN, DOWN)
    acme.invoke("churn", b"1")
    acme.flush()
    assert [(tally.region, tally.version, tally.calls, tally.errors) for tally in told] == [
        ("", "1", 2, 1),
        (FAR, "1", 1, 0),
    ]


def test_a_request_that_is_answered_later_is_dropped_where_the_model_is_served(
    world: World, far: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENANTRY_STACK", "stack")
    monkeypatch.setenv("DROP_BUCKET", "home-drop")
    monkeypatch.setenv("RESULTS_BUCKET", "home-results")
    acme = client(world, far)
    assert acme.invoke_async("churn", b"1", id="r1").region == HOME
    world.storage.failure = refusal("ServiceUnavailable", "x")
    with pytest.raises(Unavailable):
        acme.invoke_async("churn", b"1", id="r2")
    assert far.storage.objects == {}, "it may have been taken at home: nobody runs it twice"


def test_the_environment_names_the_regions_and_home_is_none_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Sequence[str]] = []
    monkeypatch.setenv("TENANTRY_FALLBACK", f"{HOME}, {FAR}")
    acme = world.client(session=boto3.Session("key", "secret", region_name=HOME))
    made.append([there._make.args[1].name for there in acme._regions._others])  # type: ignore[attr-defined]
    assert made == [[FAR]]


def test_without_another_region_nothing_is_different(world: World) -> None:
    world.runtime.fails_for_ever(DOWN)
    with pytest.raises(Unavailable):
        world.client(fallback=()).invoke("churn", b"1")
    del world.table.items["TENANT#acme", "MODEL#churn"]
    with pytest.raises(NoRoute):
        world.client(fallback=()).invoke("churn", b"1")
    world.table.route("1", 1)
    world.runtime.fails_for_ever(LOADING)
    with pytest.raises(NotReady):
        world.client(fallback=(), patience=1).invoke("churn", b"1")


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_to_either_region_a_call_is_answered_while_one_can(seed: int) -> None:
    """A thousand calls while both regions come and go at random; generations never decrease within a region."""
    luck, world = random.Random(seed), World()
    far = World(world.clock)
    acme = client(world, far, again=5, staleness=2)
    regions, last = {HOME: world, FAR: far}, {HOME: 0, FAR: 0}
    for number in range(1000):
        for one in regions.values():
            if luck.random() < 0.1:
                broken = luck.choice([DOWN, refusal("ServiceUnavailable", "x"), ReadTimeoutError(endpoint_url="x")])
                one.runtime.fails_for_ever(broken) if luck.random() < 0.5 else one.runtime.fails()
            if luck.random() < 0.05:
                one.table.route(str(number), 2 + number)
        well = {name for name, one in regions.items() if _well(one)}
        if well:
            answer = acme.invoke("churn", b"1")
            assert answer.region in well
            assert answer.generation >= last[answer.region]
            last[answer.region] = answer.generation
        else:
            with pytest.raises(Unavailable):
                acme.invoke("churn", b"1")
        world.clock.now += luck.random()
    assert all(last.values()), "both have answered"


def _well(world: World) -> bool:
    try:
        world.runtime.invoke_endpoint()
    except Exception:
        return False
    return True
