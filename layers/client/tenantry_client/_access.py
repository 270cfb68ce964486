"""Credentials that reach one tenant only: the shared TenantAccess role, narrowed by a session tag and a policy."""

import json
from typing import Any

import boto3
import botocore.session
from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials

SESSION_TAG = "tenant"
POOL_TAG = "pool"
DURATION = 3600
"""Seconds: the most that one role may ask for when it assumes another."""

UPLOAD = "?" * 26
"""What follows a tenant's name in the hostname of a container: of this length always, so no name reaches another."""


def session_policy(tenant: str, routes_table_arn: str, pool: str | None = None) -> str:
    """What an assumed session may do: call and ask this tenant's models, read its routes and hosts.

    And of `pool`, whose models it shares: call them and read their routes. Each prefix ends in a delimiter, so tenant
    `a` does not reach `aa`. The `Null` test shuts out a request that does not carry the key at all. At most 2,048
    characters (AssumeRole's limit); few statements, to pack small.
    """
    _, partition, _, region, account, _ = routes_table_arn.split(":", 5)
    sagemaker = f"arn:{partition}:sagemaker:{region}:{account}:"
    whose = [tenant, pool] if pool else [tenant]

    def call(condition: dict[str, dict[str, str | list[str]]], *kinds: str) -> dict[str, object]:
        resources = [f"{sagemaker}{kind}/*" for kind in kinds]
        return {
            "Effect": "Allow",
            "Action": "sagemaker:InvokeEndpoint",
            "Resource": resources,
            "Condition": condition,
        }

    calls = (
        call({"StringLike": {"sagemaker:TargetModel": [f"{one}/*" for one in whose]}}, "endpoint"),
        call({"StringLike": {"sagemaker:TargetContainerHostname": [f"{one}-{UPLOAD}" for one in whose]}}, "endpoint"),
        call({"StringEquals": {"aws:ResourceTag/tenantry:tenant": whose}}, "endpoint", "inference-component"),
        call({"StringEquals": {"aws:ResourceTag/tenantry:serving": "inference-component"}}, "endpoint"),
    )
    drop = {
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": f"arn:{partition}:s3:::*/requests/{tenant}/*",
    }
    read = {
        "Effect": "Allow",
        "Action": "dynamodb:GetItem",
        "Resource": routes_table_arn,
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [*(f"TENANT#{one}" for one in whose), "HOST#*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [*calls, drop, read]}, separators=(",", ":"))


def scoped_session(
    session: boto3.Session, role_arn: str, tenant: str, routes_table: str, pool: str | None = None
) -> boto3.Session:
    """A session whose credentials are those of the role, for this tenant; renewed by botocore before they end."""
    tags = {SESSION_TAG: tenant, **({POOL_TAG: pool} if pool else {})}
    sts = session.client("sts")
    request: dict[str, Any] = {
        "RoleArn": role_arn,
        "RoleSessionName": f"tenantry-{tenant}",
        "DurationSeconds": DURATION,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        "Policy": session_policy(tenant, _table_arn(role_arn, session.region_name, routes_table), pool),
    }

    def assume() -> dict[str, str]:
        given = sts.assume_role(**request)["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    core = botocore.session.Session()
    core.register_component("credential_provider", CredentialResolver([_Assumed(assume)]))
    return boto3.Session(botocore_session=core, region_name=session.region_name)


def _table_arn(role_arn: str, region: str, table: str) -> str:
    """The stack's role and its table are in one account."""
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return f"arn:{partition}:dynamodb:{region}:{account}:table/{table}"


class _Assumed(CredentialProvider):
    """The one source of credentials of a scoped session; nothing of the environment may stand in for it."""

    METHOD = "tenantry"
    CANONICAL_NAME = None

    def __init__(self, assume: Any) -> None:
        super().__init__()
        self._assume = assume

    def load(self) -> Any:
        return DeferredRefreshableCredentials(refresh_using=self._assume, method=self.METHOD)
