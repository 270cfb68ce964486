"""Bugs that a protocol like this one could well have, each planted where it would be.

A plant is functions that run instead of the real ones. Most are the real function with a port that was tampered with,
as if its author had left out a condition, an order or a look.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from tenantry.domain.batches import RunRow
from tenantry.domain.compositions import Composition
from tenantry.domain.errors import TenantryError
from tenantry.domain.notices import NoticeRow
from tenantry.domain.plans import Call
from tenantry.domain.routes import HostRow, LoadRow, Route
from tenantry.domain.sharing import PinRow
from tenantry.domain.versions import KEPT, State, Upload
from tenantry.domain.writes import Delete, Put
from tests.flows.histories import history
from tests.flows.spoiling import Functions, first_breach
from tests.flows.tampering import (
    blindly,
    in_two,
    just_now,
    lowering_the_floor,
    newest,
    newest_body,
    none_of,
    tampered,
    unseen,
    without,
)
from tests.flows.twins import SERVING, called

ENOUGH = 200
"""So many histories show each planted bug; most show it in the first few."""


class Plant(NamedTuple):
    """A bug, and the road on which one fault shows it; without one, it takes a random history."""

    functions: Functions
    road: str = ""


def claims_to_be_warm(payload: Any, app: Any) -> Any:
    """Nobody was asked."""
    row = app.registry.get(Upload, Upload.at(payload["tenant"], payload["model"], payload["upload"]))
    load = app.registry.get(LoadRow, LoadRow.at(row.host, row.target))
    now = app.clock.now()
    endpoint = next(iter(app.registry.rows(HostRow, f"HOST#{row.host}", "HOST"))).endpoint
    warm = row.move(State.WARM, now, "surely warm") if row.state is State.PLACED else row
    vouched = load.but(evidence={endpoint: {}}, loaded_at=now, proven_at=now)
    app.registry.commit(Put(row=warm), Put(row=vouched))
    return {}


def puts_the_old_one_back(payload: Any, app: Any) -> Any:
    """A saga: whatever failed, the route is what it was before."""
    route = app.registry.get(Route, Route.at(payload["tenant"], payload["model"]))
    old = route and route.standby and app.registry.get(Upload, Upload.at(route.tenant, route.model, route.standby))
    if old:
        names = {"upload": old.upload, "version": old.version, "target": old.target, "order": old.order}
        app.registry.commit(Put(row=route.but(**names, standby="")))
    return called("settle_release", payload, app)


def removes_what_it_made(payload: Any, app: Any) -> Any:
    """A failed step: what it made goes, whatever became of it."""
    row = app.registry.get(Upload, Upload.at(payload["tenant"], payload["model"], payload["upload"]))
    if row.serving_key:
        app.artifacts.delete(SERVING, row.serving_key)
    return called("settle_release", payload, app)


def tidies_up(payload: Any, app: Any) -> Any:
    """A janitor by the state of rows: who is not kept needs no copy."""
    for tenant in {found.key.split("/")[0] for found in app.artifacts.listing(SERVING, "")}:
        kept = {r.serving_key for r in app.registry.rows(Upload, f"TENANT#{tenant}", "UPLOAD#") if r.state in KEPT}
        for key in {found.key for found in app.artifacts.listing(SERVING, f"{tenant}/")} - kept:
            app.artifacts.delete(SERVING, key)
    return called("sweep_registry", payload, app)


def fails_what_is_live(payload: Any, app: Any) -> Any:
    """An answer that did not come is a failure."""
    row = app.registry.get(Upload, Upload.at(payload["tenant"], payload["model"], payload["upload"]))
    if row.state is State.LIVE:
        app.registry.commit(Put(row=row.but(state=State.FAILED, reason="no answer")))
    return called("settle_release", payload, app)


def marks_before_it_sends(payload: Any, app: Any) -> Any:
    """The relay notes what it is about to send."""
    for row in app.registry.due(NoticeRow, "notice", app.clock.now() + timedelta(seconds=5)):
        if row.sent_at is None:
            app.registry.commit(Put(row=row.but(sent_at=app.clock.now())))
            app.channels.send(_topic(row), row.notice)
    return called("relay_notices", payload, app)


def forgets_the_host(payload: Any, app: Any) -> Any:
    """Undoing is quick: what SageMaker has will surely go."""
    settled = called("settle_release", payload, app)
    row = app.registry.get(Upload, Upload.at(payload["tenant"], payload["model"], payload["upload"]))
    if host := app.registry.get(HostRow, HostRow.at(f"own-{row.upload}")):
        app.registry.commit(Delete(row=host))
    return settled


def removes_before_it_is_gone(payload: Any, app: Any) -> Any:
    """Records first, then SageMaker."""
    answer = called("retire_version", payload, app)
    if not answer["cancelled"]:
        called("remove_copy", payload, app)
    return answer


def saves_money_at_once(payload: Any, app: Any) -> Any:
    """Nobody calls a suspended tenant's endpoints."""
    answer = called("suspend_tenant", payload, app)
    for host in (row for key in _hosts_of(payload["tenant"], app) if (row := app.registry.get(HostRow, key))):
        app.hosting.carry_out(Call(operation="DeleteEndpoint", params={"EndpointName": host.endpoint}))
    return answer


def _hosts_of(tenant: str, app: Any) -> list[tuple[str, str]]:
    return [HostRow.at(f"own-{row.upload}") for row in app.registry.rows(Upload, f"TENANT#{tenant}", "UPLOAD#")]


def leaving_out(operation: str) -> Callable[..., None]:
    """A plan of which one call is never made."""
    return lambda hosting, call: None if call.operation == operation else hosting.carry_out(call)


def without_copies(artifacts: Any, bucket: str, key: str) -> Any:
    """What was dropped is looked for, and nothing else."""
    return None if bucket == SERVING else artifacts.latest(bucket, key)


def silently(registry: Any, *writes: Any) -> None:
    """The operator is not told of a version that went live."""
    registry.commit(*(one for one in writes if not (_is(NoticeRow)(one) and one.row.audience == "")))


def undecided(hosting: Any, arn: str) -> Any:
    """Nobody has decided about any package, ever."""
    return hosting.package(arn).model_copy(update={"approval": "PendingManualApproval"})


def _topic(row: NoticeRow) -> str:
    return f"arn:aws:sns:us-east-1:123456789012:tenantry-{row.audience or 'OperatorTopic'}"


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda write: isinstance(write.row, kind)


def _is_superseded(write: Any) -> bool:
    return isinstance(write.row, Upload) and write.row.state is State.SUPERSEDED


def caught(name: str) -> str | None:
    """The first breach of a rule that the plant of this name leads to."""
    plant = PLANTS[name]
    if plant.road:
        return first_breach(plant.road, plant.functions)
    try:
        histories = (history(seed, plant.functions) for seed in range(ENOUGH))
        return next((breach for breaches in histories for breach in breaches), None)
    except TenantryError as error:
        return f"even the sweep failed: {error}"


PLANTS: dict[str, Plant] = {
    "the swap writes without conditions": Plant(tampered("swap_version", registry={"commit": blindly})),
    "the swap is two writes": Plant(
        tampered("swap_version", registry={"commit": in_two(_is(Route))}), "second release"
    ),
    "the notice follows the commit": Plant(
        tampered("swap_version", registry={"commit": in_two(lambda write: not _is(NoticeRow)(write))}), "second release"
    ),
    "the notice goes before the commit": Plant(
        tampered("swap_version", registry={"commit": in_two(_is(NoticeRow))}), "second release"
    ),
    "compensation writes the route": Plant({"settle_release": puts_the_old_one_back}, "broken third"),
    "compensation removes what is live": Plant({"settle_release": removes_what_it_made}, "second release"),
    "no answer is taken for a failure": Plant({"settle_release": fails_what_is_live}, "second release"),
    "nobody is asked whether it is warm": Plant({"preload_model": claims_to_be_warm, "prove_model": lambda *_: {}}),
    "the janitor looks at states only": Plant({"sweep_registry": tidies_up}),
    "arrival is the order": Plant(tampered("receive_drop", artifacts={"version": just_now})),
    "the newest object is judged and copied": Plant(
        tampered("vet_artifact", "register_version", artifacts={"stream": newest_body, "version": newest})
    ),
    "an event twice is an upload twice": Plant(
        tampered("receive_drop", registry={"get": unseen(Upload), "commit": blindly})
    ),
    "admission counts without its row of slots": Plant(
        tampered("receive_drop", "admit_releases", registry={"commit": blindly})
    ),
    "nobody sweeps": Plant({"sweep_registry": lambda *_: {}}),
    "the relay marks before it sends": Plant({"relay_notices": marks_before_it_sends}, "second release"),
    "the way back of a canary is two writes": Plant(
        tampered("judge_version", registry={"commit": in_two(_is(Route))}), "canary that goes back"
    ),
    "a canary that has ended keeps its calls": Plant(
        tampered("settle_release", registry={"commit": without(_is(Route))}), "canary that goes live"
    ),
    "a newer version takes the calls and leaves the canary as it was": Plant(
        tampered("swap_version", registry={"commit": without(_is_superseded)}), "canary that is overtaken"
    ),
    "undoing forgets the host at once": Plant({"settle_release": forgets_the_host}, "own: broken second"),
    "placing forgets the host record": Plant(
        tampered("place_version", registry={"commit": without(_is(HostRow))}), "own: first release"
    ),
    "retiring does not look at the route": Plant(
        tampered("retire_version", registry={"get": unseen(Route)}), "own: retired after its grace"
    ),
    "the records go before the endpoint": Plant(
        {"retire_version": removes_before_it_is_gone}, "own: retired after its grace"
    ),
    "removing forgets the scaling": Plant(
        tampered("apply_plan", hosting={"carry_out": leaving_out("DeregisterScalableTarget")}),
        "own: retired after its grace",
    ),
    "removing forgets the model": Plant(
        tampered("apply_plan", hosting={"carry_out": leaving_out("DeleteModel")}), "own: retired after its grace"
    ),
    "a copy goes before its container": Plant(
        tampered("retire_tenant", registry={"get": unseen(Composition)}), "containers: offboarded"
    ),
    "the host moves and nobody writes down who is on it": Plant(
        tampered("move_host", registry={"commit": without(_is(Composition))}), "containers: two at once"
    ),
    "removing forgets the model package": Plant(
        tampered("apply_plan", hosting={"carry_out": leaving_out("DeleteModelPackage")}), "approval: refused"
    ),
    "offboarding forgets the groups": Plant(
        tampered("apply_plan", hosting={"carry_out": leaving_out("DeleteModelPackageGroup")}),
        "approval: given, and offboarded",
    ),
    "an approval is not seen": Plant(
        tampered("take_approval", "sweep_registry", hosting={"package": undecided}), "approval: given"
    ),
    "removing forgets the model that jobs used": Plant(
        tampered("apply_plan", hosting={"carry_out": leaving_out("DeleteModel")}), "jobs: broken second"
    ),
    "retiring does not look for pins": Plant(
        tampered("sweep_registry", "retire_version", registry={"rows": none_of(PinRow)}),
        "pool: past its grace, and pinned",
    ),
    "a tenant is pinned without a word to the owner": Plant(
        tampered("settle_tenant", registry={"commit": without(_is(PinRow))}), "pool: a user is pinned"
    ),
    "nothing moves that is live": Plant(
        tampered("admit_releases", "sweep_registry", artifacts={"latest": without_copies}),
        "moving: to a host of its own",
    ),
    "a move looks like any upload": Plant(
        tampered("swap_version", registry={"commit": silently}), "moving: to a host of its own"
    ),
    "a run is over and its batches are told of later": Plant(
        tampered("settle_batch", registry={"commit": in_two(lambda write: not _is(NoticeRow)(write))}),
        "batch: by its schedule",
    ),
    "a run forgets the model that it made": Plant(
        tampered("apply_plan", hosting={"carry_out": leaving_out("DeleteModel")}), "batch: by its schedule"
    ),
    "a run takes batches without writing down which": Plant(
        tampered("gather_batch", registry={"commit": without(_is(RunRow))}), "batch: by its schedule"
    ),
    "suspending removes at once": Plant({"suspend_tenant": saves_money_at_once}, "own: offboarded"),
    "rolling back lowers the floor": Plant(tampered("rollback", registry={"commit": lowering_the_floor})),
}
