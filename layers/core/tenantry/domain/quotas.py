"""What AWS says when a quota is met, and the command that asks for more."""

import re

_MET = re.compile(
    r"account-level service limit '(?P<name>[A-Za-z0-9 .,()/-]{1,200})' is \d+[^,]*, with current utilization of "
    r"(?P<used>\d+)[^.]*? a request delta of (?P<more>\d+)"
)
"""ResourceLimitExceeded, as users quote it (aws-samples/sagemaker-custom-project-templates issue 51)."""


def asking_for_more(step: str, said: str) -> str | None:
    """The command that asks for the quota that AWS named when this step failed; `None` when it spoke of none.

    Only steps that apply a plan quote AWS: what a container says is never made a command of.
    """
    met = _MET.search(said) if step.startswith("Apply") else None
    return command(met["name"], int(met["used"]) + int(met["more"])) if met else None


def command(quota: str, wanted: int) -> str:
    """Asks Service Quotas for so much. A quota's code is looked up by its name: it differs from type to type."""
    code = (
        "aws service-quotas list-aws-default-service-quotas --service-code sagemaker "
        f"--query \"Quotas[?QuotaName=='{quota}'].QuotaCode\" --output text"
    )
    return (
        f"aws service-quotas request-service-quota-increase --service-code sagemaker --desired-value {wanted} "
        f'--quota-code "$({code})"'
    )
