"""What the code of a function can come to, its role grants: also where no flow has been.

The flows decide each call with its resource; here it is the action alone, on whatever resource.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.domain.profiles import FleetProfile
from tenantry.domain.tenants import SlotsRow
from tenantry.domain.writes import Put
from tenantry.ports import ObjectVersion
from tenantry.serving import OPTIONS
from tenantry.serving.placements import HostSettings
from tests.flows.conftest import FLEET
from tests.flows.permits import requests, role_of
from tests.flows.world import VERBS
from tests.template.iam import listed
from tests.template.permission_rules import statements_of
from tests.template.reach import reached
from tests.template.stack import Stack, load

STACK_NOW: Stack = load()
SOURCE = ObjectVersion(bucket="b", key="k", version_id="v", size=1, last_modified=datetime(2026, 1, 2, tzinfo=UTC))
GIVEN: dict[str, tuple[Any, ...]] = {
    "get": (SlotsRow, ("p", "s")),
    "rows": (SlotsRow, "p"),
    "due": (SlotsRow, "w"),
    "commit": (Put(row=SlotsRow(tenant="acme")),),
    "copy": (SOURCE, "b", "k"),
}
"""What a method is given here, where a bucket and a key (an endpoint and a target) will not do."""
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


def _planned() -> list[Any]:
    profile = FleetProfile.model_validate(FLEET | {"instances": {"min": 2, "max": 4}})
    settings = HostSettings(stack="tenantry", fleet="f", role_arn="arn:role", model_data_url="s3://b/")
    return [
        call
        for option in OPTIONS.values()
        for plan in (
            option.create_host("tenantry-f", profile, "image", settings),
            option.resize_host("tenantry-f", profile, 9),
            option.remove_host("tenantry-f"),
        )
        for call in plan.calls
    ]
