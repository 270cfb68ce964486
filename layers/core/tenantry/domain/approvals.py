"""Approvals: which upload a model package is of, what is told while it waits, and how often somebody looks."""

from datetime import datetime, timedelta

from tenantry.domain.base import Row
from tenantry.domain.notices import OPERATOR, NoticeRow, about_upload, outbox
from tenantry.domain.quotas import asking_for_more
from tenantry.domain.versions import Upload

SOONEST, LATEST = timedelta(minutes=5), timedelta(hours=6)
"""Between two looks at a package of which no event told: a tenth of the time that it has waited, within these."""


class PackageRow(Row):
    """The upload that a model package was recorded for. An event that names another package is not about ours."""

    arn: str
    tenant: str
    model: str
    upload: str

    @staticmethod
    def at(arn: str) -> tuple[str, str]:
        """The key of the row of the package with this ARN."""
        return f"PACKAGE#{arn}", "PACKAGE"

    @property
    def key(self) -> tuple[str, str]:
        return self.at(self.arn)

    @classmethod
    def of(cls, row: Upload) -> "PackageRow":
        """The row of this upload's package."""
        return cls(arn=row.package, tenant=row.tenant, model=row.model, upload=row.upload)


def next_look(row: Upload, now: datetime) -> datetime:
    """When to look at its package again, if no event tells of it before."""
    return now + min(max((now - row.since) / 10, SOONEST), LATEST)


def known(package: str) -> bool:
    """Whether it is a package's ARN, and not the group that it is (about to be) made in."""
    return package.startswith("arn:")


def command(arn: str, approval: str, words: str) -> str:
    """The command that approves or rejects this package, as the aws CLI takes it."""
    region = arn.split(":")[3]
    return (
        f"aws sagemaker update-model-package --region {region} --model-package-arn {arn} "
        f'--model-approval-status {approval} --approval-description "{words}"'
    )


def awaiting(row: Upload) -> tuple[NoticeRow, ...]:
    """What tenant and operator are told when a version begins to wait."""
    yes, no = command(row.package, "Approved", "why it may go live"), command(row.package, "Rejected", "why it may not")
    notice = about_upload(
        row,
        id=f"approval-{row.upload}",
        about="approval",
        fix=f"to release it: {yes}; to turn it down: {no}",
        details={"package": row.package, "approve": yes, "reject": no},
    )
    return outbox(notice, row.tenant, OPERATOR)


def unmirrored(row: Upload, step: str, why: str, at: datetime) -> tuple[NoticeRow, ...]:
    """What the operator is told when a version that is live could not be shown in the Model Registry."""
    notice = about_upload(
        row,
        id=f"approval-{row.upload}-unmirrored",
        about="approval",
        step=step,
        reason=f"version {row.version} serves, but the Model Registry does not show it as approved: {why}",
        fix=asking_for_more(step, why) or "mend what the reason names, and the next version is shown again",
        at=at,
    )
    return outbox(notice, OPERATOR)


def approved_because(said: str) -> str:
    """Why a release goes on, in the approver's own words where there are any."""
    return f"its model package was approved: {said}" if said else "its model package was approved"


def rejected_because(said: str) -> str:
    """Why a release does not go on."""
    return f"the approver rejected it: {said}" if said else "the approver rejected it and gave no reason"
