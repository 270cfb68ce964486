"""The policy a session is narrowed by: small enough, and no neighbour within reach."""

import json
from fnmatch import fnmatchcase

import pytest

from tenantry_client._access import session_policy

TABLE = "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/" + "t" * 63
NAMES = ("a", "aa", "a-a", "a-b", "b", "a" * 32, "a" + "-" * 30 + "a")


def test_it_fits_for_the_longest_legal_names() -> None:
    policy = session_policy("a" * 32, TABLE)
    assert len(policy) <= 2048
    assert len(json.loads(policy)["Statement"]) <= 2


@pytest.mark.parametrize("tenant", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_only_its_own_targets_and_routes_are_reached(tenant: str, other: str) -> None:
    call, read = json.loads(session_policy(tenant, TABLE))["Statement"]
    target = call["Condition"]["StringLike"]["sagemaker:TargetModel"]
    keys = read["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert fnmatchcase(f"{other}/churn/x.tar.gz", target) == (tenant == other)
    assert any(fnmatchcase(f"TENANT#{other}", key) for key in keys) == (tenant == other)


def test_it_names_endpoints_and_the_table_of_its_own_account_and_region() -> None:
    call, read = json.loads(session_policy("acme", TABLE))["Statement"]
    assert call["Resource"] == "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:endpoint/*"
    assert read["Resource"] == TABLE
    assert (call["Action"], read["Action"]) == ("sagemaker:InvokeEndpoint", "dynamodb:GetItem")
