"""Model packages, on the twin and on the Model Registry (emulated) alike: made, found, decided about, removed."""

from datetime import timedelta
from typing import Any

import pytest

from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.hosting import PackageView
from tenantry.domain.models import Sample
from tenantry.domain.plans import Call, Plan
from tenantry.domain.versions import Upload
from tenantry.serving import packages
from tests.contract.stage import Stage
from tests.contract.test_hosting import IMAGE, call
from tests.unit.domain.test_admission import upload

STACK = "tenantry"
GROUP = packages.group_of(STACK, "acme", "churn")
SAMPLE = Sample(body="1,2", accept="text/csv")
AGES = timedelta(minutes=5)


def version(number: int = 1, **more: Any) -> Upload:
    known = {"upload": f"u{number}", "version": str(number), "sha256": "0" * 64, "serving_key": "acme/churn/a.tar.gz"}
    return upload(number, **(known | more))


def plan(row: Upload, approval: str = packages.PENDING) -> Plan:
    return packages.register(row, STACK, IMAGE, f"s3://serving/{row.serving_key}", SAMPLE, approval=approval)


def carried_out(stage: Stage, *calls: Call) -> list[PackageView]:
    """The packages of the group after these calls, oldest first."""
    before = stage.clock.now() - AGES
    for one in calls:
        stage.port.carry_out(one)
        stage.clock.sleep(0.01)
    return stage.port.packages(GROUP, before)


def test_a_version_becomes_a_package_that_is_found_by_its_upload(stage: Stage) -> None:
    there = carried_out(stage, *plan(version(1)).calls, plan(version(2)).calls[1])
    assert [one.approval for one in there] == ["PendingManualApproval"] * 2
    first, second = (packages.package_of(name, there) for name in ("u1", "u2"))
    assert first
    assert second
    assert (first.arn.endswith("/1"), second.arn.endswith("/2"), packages.package_of("u", there)) == (True, True, None)
    assert stage.port.package(first.arn) == first
    assert first.about == "acme/churn version 1, upload u1"


def test_making_it_twice_and_removing_it_twice_is_as_good_as_once(stage: Stage) -> None:
    [made] = carried_out(stage, *plan(version()).calls, *plan(version()).calls)
    assert carried_out(stage, packages.remove(made.arn), packages.remove(made.arn)) == []
    assert stage.port.package(made.arn) is None
    group = packages.remove_groups([GROUP]).calls
    assert stage.port.package_group(GROUP)
    carried_out(stage, *group, *group)
    assert not stage.port.package_group(GROUP)


def test_what_is_not_there_is_none(stage: Stage) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package/nobody/1"
    assert (stage.port.package(arn), stage.port.packages("nobody", stage.clock.now())) == (None, [])
    assert not stage.port.package_group("nobody")


def test_only_what_was_made_since_is_listed(stage: Stage) -> None:
    carried_out(stage, *plan(version()).calls)
    assert stage.port.packages(GROUP, stage.clock.now() + AGES) == []


@pytest.mark.parametrize("approval", ["Approved", "Rejected"])
def test_a_decision_shows_with_its_words(stage: Stage, approval: str) -> None:
    [made] = carried_out(stage, *plan(version()).calls)
    said = call("UpdateModelPackage", ModelPackageArn=made.arn, ModelApprovalStatus=approval, ApprovalDescription="so")
    carried_out(stage, said)
    seen = stage.port.package(made.arn)
    assert seen == made.model_copy(update={"approval": approval, "said": "so"})


def test_a_package_that_nobody_must_approve_is_made_or_becomes_approved(stage: Stage) -> None:
    there = carried_out(stage, *plan(version(1), packages.APPROVED).calls, plan(version(2)).calls[1])
    assert [one.approval for one in there] == ["Approved", "PendingManualApproval"]
    [_, second] = carried_out(stage, *packages.approve(there[1].arn, "nobody is asked any more").calls)
    assert second.approval == "Approved"


def test_a_group_with_packages_stays_and_a_package_needs_its_group(stage: Stage) -> None:
    with pytest.raises(ReleaseFailed, match="does not exist"):
        stage.port.carry_out(plan(version()).calls[1])
    carried_out(stage, *plan(version()).calls)
    with pytest.raises(ReleaseFailed, match="DeleteModelPackageGroup"):
        stage.port.carry_out(packages.remove_groups([GROUP]).calls[0])
    assert stage.port.package_group(GROUP)


def test_tags_are_the_groups(stage: Stage) -> None:
    group, package = plan(version()).calls
    assert {tag["Key"] for tag in group.params["Tags"]} == {"tenantry:stack", "tenantry:tenant", "tenantry:model"}
    assert package.params["CustomerMetadataProperties"] == {
        "stack": STACK,
        "tenant": "acme",
        "model": "churn",
        "version": "1",
        "upload": "u1",
        "sha256": "0" * 64,
    }
    carried_out(stage, group)
    marked = package.model_copy(update={"params": package.params | {"Tags": group.params["Tags"]}})
    with pytest.raises(ReleaseFailed, match="Tags are not supported"):
        stage.port.carry_out(marked)
