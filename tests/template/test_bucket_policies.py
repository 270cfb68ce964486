"""Who may write where hosts read, and over what connection."""

from typing import Any

import pytest

from tests.template.iam import Request, allowed
from tests.template.stack import Stack, load

STACK_NOW: Stack = load()
ANYTHING: list[dict[str, Any]] = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
"""Even an administrator: what a bucket policy denies is denied to everybody."""
REGISTERING = STACK_NOW.arn("RegisterVersionFunctionRole")
ADMINISTRATOR = "arn:aws:iam::123456789012:role/admin"
KEY = STACK_NOW.arn("ServingBucket") + "/acme/churn/u-0123456789abcdef.tar.gz"


def decide(bucket: str, action: str, resource: str, **context: str) -> bool:
    policy = STACK_NOW.resources[f"{bucket}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    known = {"aws:SecureTransport": "true"} | {
        name.replace("__", ":").replace("_", "-"): v for name, v in context.items()
    }
    return allowed(Request(action, resource, known), ANYTHING, resource=policy)


@pytest.mark.parametrize(
    ("who", "condition", "whole", "expected"),
    [
        (REGISTERING, "*", "true", True),
        (REGISTERING, None, "true", False),
        (REGISTERING, None, "false", True),
        (ADMINISTRATOR, "*", "true", False),
        (ADMINISTRATOR, None, "false", False),
        (STACK_NOW.arn("RemoveCopyFunctionRole"), "*", "true", False),
    ],
    ids=["a new key", "any key", "a part of a copy", "somebody else", "somebody else's part", "another function"],
)
def test_only_register_version_writes_to_serving_and_never_over_a_key(
    who: str, condition: str | None, whole: str, expected: bool
) -> None:
    context = {"aws__PrincipalArn": who, "s3__ObjectCreationOperation": whole}
    context |= {"s3__if_none_match": condition} if condition else {}
    assert decide("ServingBucket", "s3:PutObject", KEY, **context) is expected


@pytest.mark.parametrize("bucket", ["DropBucket", "ServingBucket", "ResultsBucket"])
def test_nothing_crosses_the_wire_in_the_clear(bucket: str) -> None:
    arn = STACK_NOW.arn(bucket)
    for resource in (arn, arn + "/key"):
        assert decide(bucket, "s3:GetObject", resource)
        assert not decide(bucket, "s3:GetObject", resource, aws__SecureTransport="false")
