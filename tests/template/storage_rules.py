"""Lint of buckets and tables: kept, encrypted, closed, and restorable."""

from collections.abc import Iterator
from typing import Any

from tests.template.iam import listed
from tests.template.stack import Stack

KEPT = ("AWS::S3::Bucket", "AWS::DynamoDB::Table")


def kept(stack: Stack) -> Iterator[tuple[str, str]]:
    """T01 buckets and tables outlive the stack, and their own replacement."""
    for name, resource in stack.resources.items():
        policies = {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")}
        if resource["Type"] in KEPT and policies != {"Retain"}:
            yield name, "DeletionPolicy and UpdateReplacePolicy are not both Retain"


def buckets_are_safe(stack: Stack) -> Iterator[tuple[str, str]]:
    """T02 buckets are versioned, encrypted and closed to the public."""
    for name, bucket in stack.of("AWS::S3::Bucket"):
        if bucket.get("VersioningConfiguration", {}).get("Status") != "Enabled":
            yield name, "not versioned"
        if "BucketEncryption" not in bucket:
            yield name, "not encrypted"
        closed = bucket.get("PublicAccessBlockConfiguration", {})
        if list(closed.values()) != [True] * 4:
            yield name, "public access is not blocked in all four ways"


def buckets_want_tls(stack: Stack) -> Iterator[tuple[str, str]]:
    """T03 each bucket's policy denies everything that does not come over TLS."""
    for name, _ in stack.of("AWS::S3::Bucket"):
        arn = stack.arn(name)
        if not any(_tls_only(one, arn) for one in stack.policies("AWS::S3::BucketPolicy")):
            yield name, "no policy denies requests without TLS"


def tables_are_safe(stack: Stack) -> Iterator[tuple[str, str]]:
    """T04 tables are on demand and can be restored to any point in time."""
    for name, table in stack.of("AWS::DynamoDB::Table"):
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield name, "not on demand"
        if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield name, "no point-in-time recovery"


RULES = (kept, buckets_are_safe, buckets_want_tls, tables_are_safe)


def _tls_only(statement: dict[str, Any], arn: str) -> bool:
    return (
        statement["Effect"] == "Deny"
        and statement["Action"] == "s3:*"
        and set(listed(statement["Resource"])) == {arn, arn + "/*"}
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )
