"""The policy a session is narrowed by: small enough, and no neighbour within reach."""

import json
from fnmatch import fnmatchcase

import pytest

from tenantry_client._access import session_policy

TABLE = "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/" + "t" * 63
NAMES = ("a", "aa", "a-a", "a-b", "b", "a" * 32, "a" + "-" * 30 + "a")


def test_it_fits_for_the_longest_legal_names() -> None:
    policy = session_policy("a" * 32, TABLE, "b" * 32)
    assert len(policy) <= 2048
    assert len(json.loads(policy)["Statement"]) <= 6


@pytest.mark.parametrize("tenant", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_only_its_own_targets_and_routes_are_reached(tenant: str, other: str) -> None:
    call, container, own, _, drop, read = json.loads(session_policy(tenant, TABLE))["Statement"]
    [hostname] = container["Condition"]["StringLike"]["sagemaker:TargetContainerHostname"]
    assert fnmatchcase(f"{other}-{'a' * 26}", hostname) == (tenant == other)
    assert own["Condition"] == {"StringEquals": {"aws:ResourceTag/tenantry:tenant": [tenant]}}
    [target] = call["Condition"]["StringLike"]["sagemaker:TargetModel"]
    assert fnmatchcase(f"arn:aws-us-gov:s3:::drop/requests/{other}/churn/r", drop["Resource"]) == (tenant == other)
    keys = read["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert fnmatchcase(f"{other}/churn/x.tar.gz", target) == (tenant == other)
    assert any(fnmatchcase(f"TENANT#{other}", key) for key in keys) == (tenant == other)


@pytest.mark.parametrize("pool", NAMES[1:])
@pytest.mark.parametrize("other", NAMES)
def test_of_the_tenant_whose_models_it_shares_it_calls_and_reads_and_drops_nothing(pool: str, other: str) -> None:
    call, container, own, _, drop, read = json.loads(session_policy("a", TABLE, pool))["Statement"]
    reached = other in {"a", pool}
    assert (other in own["Condition"]["StringEquals"]["aws:ResourceTag/tenantry:tenant"]) == reached
    targets = call["Condition"]["StringLike"]["sagemaker:TargetModel"]
    keys = read["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert any(fnmatchcase(f"{other}/churn/x.tar.gz", target) for target in targets) == reached
    hostnames = container["Condition"]["StringLike"]["sagemaker:TargetContainerHostname"]
    assert any(fnmatchcase(f"{other}-{'a' * 26}", hostname) for hostname in hostnames) == reached
    assert any(fnmatchcase(f"TENANT#{other}", key) for key in keys) == reached
    assert fnmatchcase(f"arn:aws-us-gov:s3:::drop/requests/{other}/churn/r", drop["Resource"]) == (other == "a")


def test_it_names_endpoints_and_the_table_of_its_own_account_and_region() -> None:
    *calls, _, read = json.loads(session_policy("acme", TABLE))["Statement"]
    account = "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:"
    endpoints, components = f"{account}endpoint/*", f"{account}inference-component/*"
    assert [call["Resource"] for call in calls] == [[endpoints], [endpoints], [endpoints, components], [endpoints]]
    assert read["Resource"] == TABLE
    assert {call["Action"] for call in calls} == {"sagemaker:InvokeEndpoint"}
    assert read["Action"] == "dynamodb:GetItem"
