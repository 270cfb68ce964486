"""Roads of versions with an endpoint, or a component, of their own."""

from datetime import timedelta
from typing import Any

from tenantry.domain.names import own_name, upload_id
from tests.flows.adversary import Arena
from tests.flows.conftest import FLEET, SAMPLE, drop_version
from tests.flows.scenarios import Act, Scenario, after, deleted_tenant, outlived, packed, release, rolled_back

MAKING = frozenset({"place_version", "apply_plan", "check_plan", "preload_model", "swap_version", "settle_release"})
"""Whose calls go wrong while a version is released: those of others are the same for all options."""
REMOVING = frozenset({"retire_version", "apply_plan", "check_plan", "remove_copy", "sweep_registry"})
"""As above, while it is removed."""
LEAVING = REMOVING | {"suspend_tenant", "retire_tenant", "close_tenant", "settle_release"}
ASKING = frozenset({"place_version", "apply_plan", "receive_drop", "relay_answer", "sweep_registry"})


def silo(serving: str = "real-time", **more: Any) -> dict[str, Any]:
    """A silo tenant with one model. A real-time endpoint scales, so that there is more to leave behind."""
    scales = {"instances": {"min": 1, "max": 2}} if serving in {"real-time", "asynchronous"} else {}
    leaves = {"offboard_after": more.pop("offboard_after", 1)}
    model = {"serving": serving, "framework": "sklearn", "sample": SAMPLE, "grace": 1} | scales | more
    return {"isolation": "silo", "notify": ["ml@acme.example"], "models": {"churn": model}} | leaves


def owner(serving: str = "real-time", **more: Any) -> Act:
    """The tenant is onboarded, or gets another profile."""

    def act(arena: Arena) -> None:
        arena.twins.clock.sleep(1)
        arena.drop("tenants/acme.json", silo(serving, **more))
        arena.run()

    return act


def doomed(arena: Arena) -> None:
    """SageMaker cannot start what version 2 needs."""
    arena.twins.clock.sleep(1)
    made = arena.drop("models/acme/churn/2/model.tar.gz", packed("answer of 2"))
    upload = upload_id(made.bucket, made.key, made.version_id)
    arena.twins.hosting.control.doom(own_name("tenantry", "acme", "churn", upload), "The ping health check failed.")
    arena.run()


def suspended_on_the_way(arena: Arena) -> None:
    """The tenant goes while the endpoint of version 2 is made."""
    drop_version(arena, "2", body=packed("answer of 2"))
    arena.run(until=timedelta(seconds=40))
    deleted_tenant(arena)


def asked(arena: Arena) -> None:
    """A request comes in and is answered."""
    arena.drop("requests/acme/churn/one", b"1,2")
    arena.run()


def parts(arena: Arena) -> None:
    """A fleet for components, and a tenant with one of them."""
    arena.drop("fleets/sklearn.json", FLEET | {"serving": "inference-component"})
    arena.run()
    model = {"serving": "inference-component", "fleet": "sklearn", "sample": SAMPLE, "grace": 1}
    model |= {"component": {"copies": {"min": 1, "max": 2}}}
    arena.drop("tenants/acme.json", {"isolation": "bridge", "offboard_after": 1, "models": {"churn": model}})
    arena.run()


ONE = after(owner(), release("1"))
TWO = after(ONE, release("2"))
FAILS = release("2", packed(loads=False))

OWN_ROADS = (
    Scenario("own: first release", owner(), release("1"), about=MAKING),
    Scenario("own: second release, serverless", after(owner("serverless"), release("1")), release("2"), about=MAKING),
    Scenario("own: broken second", ONE, FAILS, about=REMOVING | {"settle_release"}),
    Scenario("own: an endpoint that ends Failed", ONE, doomed, about=REMOVING | {"settle_release"}),
    Scenario("own: another option", ONE, after(owner("serverless"), release("2")), about=MAKING),
    Scenario("own: whatever is cheapest", owner("auto"), release("1"), about=frozenset({"place_version"})),
    Scenario("own: rollback", TWO, rolled_back, patient=False),
    Scenario("own: retired after its grace", TWO, outlived, about=REMOVING),
    Scenario("own: offboarded", TWO, deleted_tenant, about=LEAVING),
    Scenario(
        "own: suspended on the way",
        after(owner(offboard_after=0), release("1")),
        suspended_on_the_way,
        patient=False,
        about=LEAVING,
    ),
    Scenario("own: a request", after(owner("asynchronous"), release("1")), asked, about=ASKING),
    Scenario("own: a queue replaced", after(owner("asynchronous"), release("1")), release("2"), about=MAKING),
    Scenario("jobs: first release", owner("batch-transform"), release("1"), about=MAKING),
    Scenario(
        "jobs: broken second", after(owner("batch-transform"), release("1")), FAILS, about=REMOVING | {"settle_release"}
    ),
    Scenario("jobs: offboarded", after(owner("batch-transform"), release("1")), deleted_tenant, about=LEAVING),
    Scenario("component: broken second", after(parts, release("1")), FAILS, about=REMOVING | {"settle_release"}),
    Scenario("component: offboarded", after(parts, release("1")), deleted_tenant, about=LEAVING),
)
