"""Drops are copied to the same stack in other regions where the parameters say so, and S3 may do just that."""

from itertools import product
from typing import Any

import pytest

from tests.template.iam import Request, allowed, assumable
from tests.template.permission_rules import allows
from tests.template.stack import ACCOUNT, Stack, load

FAR, FURTHER = "tenantry-far", "tenantry-further"
ALONE = load()
TWO = load(ReplicateTo=FAR)
THREE = load(ReplicateTo=FAR, ReplicateAlsoTo=FURTHER)


def rules(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.resources["DropBucket"]["Properties"]["ReplicationConfiguration"]["Rules"]
    return found


def test_one_region_has_nothing_of_it() -> None:
    assert "ReplicationConfiguration" not in ALONE.resources["DropBucket"]["Properties"]
    assert not {"ReplicationRole", "ReplicationPolicy"} & set(ALONE.resources)
    assert set(load(ReplicateAlsoTo=FURTHER).resources) == set(ALONE.resources)


@pytest.mark.parametrize(("stack", "buckets"), [(TWO, {FAR}), (THREE, {FAR, FURTHER})], ids=["two", "three"])
def test_what_is_asked_for_once_goes_to_every_region_and_what_is_run_once_to_none(
    stack: Stack, buckets: set[str]
) -> None:
    copied = [(rule["Filter"]["Prefix"], rule["Destination"]["Bucket"]) for rule in rules(stack)]
    wanted = product(("models/", "tenants/", "fleets/"), (f"arn:aws:s3:::{bucket}" for bucket in buckets))
    assert sorted(copied) == sorted(wanted)


@pytest.mark.parametrize("stack", [TWO, THREE], ids=["two", "three"])
def test_deletions_go_too_and_no_two_rules_are_in_each_others_way(stack: Stack) -> None:
    """S3 wants priorities that differ, and with a filter a word about delete markers."""
    found = rules(stack)
    assert {rule["Status"] for rule in found} == {"Enabled"}
    assert {rule["DeleteMarkerReplication"]["Status"] for rule in found} == {"Enabled"}
    assert len({rule["Priority"] for rule in found}) == len({rule["Id"] for rule in found}) == len(found)
    role = stack.resources["DropBucket"]["Properties"]["ReplicationConfiguration"]["Role"]
    assert role == stack.arn("ReplicationRole")


def test_s3_may_be_the_replicator_for_this_account_only() -> None:
    trust = TWO.resources["ReplicationRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [one["Principal"] for one in trust] == [{"Service": "s3.amazonaws.com"}]
    assert assumable(Request("sts:AssumeRole", "*", {"aws:SourceAccount": ACCOUNT}), trust)
    assert assumable(Request("sts:AssumeRole", "*", {}), trust)
    assert not assumable(Request("sts:AssumeRole", "*", {"aws:SourceAccount": "999999999999"}), trust)


@pytest.mark.parametrize(
    ("action", "resource", "owner", "may"),
    [
        ("s3:GetReplicationConfiguration", "{drop}", ACCOUNT, True),
        ("s3:ListBucket", "{drop}", ACCOUNT, True),
        ("s3:GetObjectVersionForReplication", "{drop}/models/acme/churn/1/model.tar.gz", ACCOUNT, True),
        ("s3:GetObjectVersionForReplication", "{drop}/requests/acme/churn/r1", ACCOUNT, False),
        ("s3:GetObject", "{drop}/models/acme/churn/1/model.tar.gz", ACCOUNT, False),
        ("s3:ReplicateObject", "arn:aws:s3:::tenantry-far/models/acme/churn/1/model.tar.gz", ACCOUNT, True),
        ("s3:ReplicateDelete", "arn:aws:s3:::tenantry-far/tenants/acme.json", ACCOUNT, True),
        ("s3:ReplicateObject", "arn:aws:s3:::tenantry-far/tenants/acme.json", "999999999999", False),
        ("s3:ReplicateObject", "arn:aws:s3:::tenantry-further/tenants/acme.json", ACCOUNT, False),
        ("s3:ReplicateObject", "{drop}/tenants/acme.json", ACCOUNT, False),
        ("s3:PutObject", "arn:aws:s3:::tenantry-far/tenants/acme.json", ACCOUNT, False),
        ("s3:DeleteObject", "arn:aws:s3:::tenantry-far/tenants/acme.json", ACCOUNT, False),
    ],
)
def test_the_replicator_reads_drops_and_writes_copies_to_buckets_of_ours(
    action: str, resource: str, owner: str, *, may: bool
) -> None:
    statements = [statement for name, statement in allows(TWO) if name == "ReplicationPolicy"]
    asked = Request(action, resource.format(drop=TWO.arn("DropBucket")), {"aws:ResourceAccount": owner})
    assert allowed(asked, statements) is may
