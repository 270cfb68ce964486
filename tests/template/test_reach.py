"""What the code of a function can come to, its role grants: also where no flow has been.

The flows decide each call with its resource; here it is the action alone, on whatever resource.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.domain.compositions import Composition, Container
from tenantry.domain.hosting import Address
from tenantry.domain.models import ModelProfile
from tenantry.domain.options import Serving
from tenantry.domain.plans import Call, Plan
from tenantry.domain.profiles import FleetProfile
from tenantry.domain.routes import HostRow
from tenantry.domain.tenants import SlotsRow
from tenantry.domain.writes import Put
from tenantry.ports import ObjectVersion
from tenantry.serving import FLEETS, OPTIONS, Ground, HostSettings
from tenantry.serving.endpoints import remove_endpoint, resize_endpoint
from tenantry.serving.multi_container import compose
from tenantry.serving.placements import JobSettings, NewHost, QueueSettings
from tests.flows.conftest import FLEET
from tests.flows.permits import requests, role_of
from tests.flows.world import VERBS
from tests.template.iam import listed
from tests.template.permission_rules import statements_of
from tests.template.reach import reached
from tests.template.stack import Stack, load
from tests.unit.domain.test_admission import upload

STACK_NOW: Stack = load()
SOURCE = ObjectVersion(bucket="b", key="k", version_id="v", size=1, last_modified=datetime(2026, 1, 2, tzinfo=UTC))
GIVEN: dict[str, tuple[Any, ...]] = {
    "get": (SlotsRow, ("p", "s")),
    "rows": (SlotsRow, "p"),
    "due": (SlotsRow, "w"),
    "commit": (Put(row=SlotsRow(tenant="acme")),),
    "copy": (SOURCE, "b", "k"),
    "probe": (Address(endpoint="b", serving=Serving.MULTI_MODEL, target="k", instances=1),),
}
"""What a method is given here, where a bucket and a key will not do."""
GROUNDS: dict[Serving, dict[str, Any]] = {
    Serving.ASYNCHRONOUS: {"framework": "sklearn", "instances": {"min": 0, "max": 2}},
    Serving.MULTI_MODEL: {"fleet": "f"},
    Serving.MULTI_CONTAINER: {"fleet": "f"},
    Serving.INFERENCE_COMPONENT: {"fleet": "f", "component": {"copies": {"min": 1, "max": 2}}},
}
"""What a model says beside its option, where that is not the framework alone."""
NOT_REACHED = {
    ("receive_drop", "states:DescribeExecution"): "following looks at executions for the sweep alone (`again`)"
}
"""Where the code only seems to come to something."""


def calls(method: str) -> list[tuple[Any, ...]]:
    """The arguments to ask about: of a plan's call, all that the serving options can make."""
    return [(call,) for call in _planned()] if method == "carry_out" else [GIVEN.get(method, ("b", "k"))]


@pytest.mark.parametrize("verb", VERBS)
def test_what_the_code_can_come_to_is_granted(verb: str) -> None:
    statements = [one for one in statements_of(STACK_NOW, role_of(verb)) if one["Effect"] == "Allow"]
    granted = {action for one in statements for action in listed(one["Action"])}
    asked = {
        request.action
        for port, method in reached(verb)
        for given in calls(method)
        for request in requests(port, method, given)
    }
    assert asked, "every function uses a port"
    assert asked - granted == {action for name, action in NOT_REACHED if name == verb}


def _planned() -> list[Call]:
    profile = FleetProfile.model_validate(FLEET | {"instances": {"min": 2, "max": 4}})
    jobs = JobSettings(role_arn="arn:jobs", results_bucket="b")
    queues = QueueSettings(role_arn="arn:queues", results_bucket="b", success_topic="arn:s", error_topic="arn:e")
    settings = HostSettings(stack="tenantry", role_arn="arn:role", models="s3://b/", queues=queues, jobs=jobs)
    made = [option.create_host("tenantry-f", "f", profile, "image", settings) for option in FLEETS.values()]
    changed = [resize_endpoint("tenantry-f", profile.instances, 9), remove_endpoint("tenantry-f")]
    of_versions = [plan for serving in sorted(OPTIONS) for plan in _of_a_version(serving, settings)]
    known = {"tenant": "acme", "model": "churn", "upload": "u", "key": "k", "since": SOURCE.last_modified}
    new = {"endpoint": "tenantry-f", "fleet": "f", "profile": profile, "image": "image", "settings": settings}
    made.append(compose([Container.model_validate(known)], NewHost(instances=2, **new)))
    return [call for plan in (*made, *changed, *of_versions) for call in (*plan.calls, *plan.then)]


def _of_a_version(serving: Serving, settings: HostSettings) -> tuple[Plan, Plan]:
    profile = {"serving": serving, "sample": {"body": "1"}, **GROUNDS.get(serving, {"framework": "sklearn"})}
    host = HostRow(
        host="fleet-f", fleet="f", serving=serving, endpoint="e", region="r", instances=1, since=SOURCE.last_modified
    )
    model, composition = ModelProfile.model_validate(profile), Composition(host="fleet-f", fleet="f")
    ground = Ground(model=model, settings=settings, fleet=host, image="image", composition=composition)
    placement = OPTIONS[serving].place(upload(1, serving_key="acme/churn/u.tar.gz"), ground)
    own = host.but(host=placement.host, endpoint=placement.endpoint)
    return placement.plan, OPTIONS[serving].retire(own, placement.target)
