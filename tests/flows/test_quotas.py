"""A quota is exceeded half-way: a sentence in AWS's words, the old version serves, and nothing half-made is left."""

from datetime import timedelta

import pytest

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.routes import HostRow
from tests.flows.conftest import drop_version
from tests.flows.costs import prepare
from tests.flows.test_components import components
from tests.flows.test_offboard_tenant import copies
from tests.flows.test_own_hosts import standing
from tests.flows.world import World

LIMIT = (
    "The account-level service limit 'ml.m5.large for endpoint usage' is 1 Instances, with current utilization of 1 "
    "Instances and a request delta of 1 Instances. Please contact AWS support to request an increase for this limit."
)
"""As users quote ResourceLimitExceeded (aws-samples/sagemaker-custom-project-templates issue 51)."""
HALF_WAY = [
    *[
        (option, operation)
        for option in ("real-time", "serverless", "asynchronous")
        for operation in ("CreateModel", "CreateEndpointConfig", "CreateEndpoint")
    ],
    ("real-time", "RegisterScalableTarget"),
    ("asynchronous", "PutMetricAlarm"),
    ("inference-component", "CreateInferenceComponent"),
    ("inference-component", "PutScalingPolicy"),
]


def refused(world: World, version: str, operation: str) -> None:
    """Drop a version, and SageMaker refuses the first call of this kind."""
    world.twins.hosting.faults.fail_next(operation, ReleaseFailed(f"{operation}: {LIMIT}"))
    drop_version(world, version)
    world.run()


def there(world: World) -> tuple[set[str], set[str], set[str], set[str], set[str], list[str]]:
    """All that a release can leave behind."""
    control = world.twins.hosting.control
    known = (set(control.targets), set(control.policies), set(control.alarms))
    return standing(world), components(world), *known, copies(world)


@pytest.mark.parametrize(("option", "operation"), HALF_WAY)
def test_what_was_made_before_the_quota_was_met_is_removed(world: World, option: str, operation: str) -> None:
    prepare(world, option)
    drop_version(world, "1")
    world.run()
    before, route = there(world), world.route("acme", "churn")
    refused(world, "2", operation)
    row = world.version("acme", "churn", "2")
    assert (row.state, row.attempt) == ("FAILED", 1)
    step = "Apply plan" if operation.startswith("Create") else "Apply rest"
    assert row.reason == f"{step}: {operation}: {LIMIT} What it made is being removed; version 1 keeps serving."
    assert (there(world), world.route("acme", "churn")) == (before, route)
    assert world.twins.registry.get(HostRow, HostRow.at(f"own-{row.upload}")) is None
    [notice] = [one for one in world.notices("acme") if one.state == "FAILED"]
    assert notice.reason == row.reason
    assert "--desired-value 2 --quota-code" in notice.fix
    assert "QuotaName=='ml.m5.large for endpoint usage'" in notice.fix
    assert notice.fix.endswith("asks for more; once it is granted, drop the version again")


@pytest.mark.parametrize("option", ["real-time", "serverless", "asynchronous"])
def test_with_a_greater_quota_the_same_version_is_released(world: World, option: str) -> None:
    prepare(world, option)
    refused(world, "1", "CreateEndpoint")
    assert world.version("acme", "churn", "1").reason.endswith("no version of this model is live yet.")
    assert there(world)[0] == set()
    drop_version(world, "1")
    world.run(until=timedelta(minutes=20))
    assert world.version("acme", "churn", "1").state == "LIVE", world.version("acme", "churn", "1").reason
