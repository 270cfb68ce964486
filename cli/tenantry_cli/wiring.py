"""One installation in AWS (or in the local cloud: only AWS_ENDPOINT_URL differs), by the caller's own credentials."""

import os
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tenantry.adapters.aws.clock import SystemClock
from tenantry.adapters.aws.failures import code
from tenantry.usecases.app import Settings
from tenantry.wiring import AwsApp, Resources
from tenantry_cli.aws_account import AwsAccount
from tenantry_cli.aws_estate import AwsEstate
from tenantry_cli.settings import Misconfigured, Names, settle, stack_name
from tenantry_client import Tenantry

PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=5)
"""SageMaker takes one changing call a second; an operator can wait."""


class Aws:
    """The `World` of a command. Everything is made when it is first needed: `destroy` works without a stack."""

    def __init__(self, stack: str | None) -> None:
        self._given = stack
        self.stack = stack_name(stack, os.environ)
        self.clock = SystemClock()
        self._session = boto3.Session()

    @cached_property
    def app(self) -> AwsApp:
        """The ports, wired as in Lambda."""
        names = self._names
        settings = Settings(
            stack=self.stack,
            region=self._session.region_name,
            drop_bucket=names.drop_bucket,
            serving_bucket=names.serving_bucket,
            results_bucket=names.results_bucket,
            operator_topic_arn=names.operator_topic,
        )
        resources = Resources(
            registry_table=names.registry_table,
            routes_table=names.routes_table,
            machine_prefix=names.machine_prefix(self.stack),
        )
        return AwsApp(settings, resources)

    @cached_property
    def inbox(self) -> "_DropBucket":
        """The drop bucket."""
        return _DropBucket(self._client("s3"), self._names.drop_bucket)

    @cached_property
    def estate(self) -> AwsEstate:
        """What was made at run time. Found by tag, so that it is found after the stack has gone, too."""
        return AwsEstate(self._client, self.stack, self._buckets)

    @cached_property
    def account(self) -> AwsAccount:
        """What `doctor` looks at."""
        return AwsAccount(self._client, self.stack, self._names.drop_bucket, self._names.operator_topic)

    def client(self, tenant: str) -> Tenantry:
        """The client library, with the operator's own credentials."""
        table = self._names.routes_table
        return Tenantry(tenant, stack=self.stack, routes_table=table, session=self._session, fallback=(), emit=None)

    @cached_property
    def _names(self) -> Names:
        return settle(self._given, os.environ, self._outputs)

    def _buckets(self) -> list[str]:
        return [self._names.drop_bucket, self._names.serving_bucket, self._names.results_bucket]

    def _client(self, service: str) -> Any:
        make: Any = self._session.client
        return make(service, config=PATIENT)

    def _outputs(self, stack: str) -> dict[str, str]:
        try:
            found = self._client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if code(error) != "ValidationError":
                raise
            raise Misconfigured(f"there is no stack {stack} here: name yours by --stack or TENANTRY_STACK") from error
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


class _DropBucket:
    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def withdraw(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=key)
