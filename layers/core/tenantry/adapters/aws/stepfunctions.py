"""Executions of the state machines. The name is the guarantee: one execution per name (in 90 days)."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import code, translated

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StepFunctionsMachines:
    """The `Machines` port. `prefix` is the ARN of every machine up to its short name."""

    def __init__(self, client: "SFNClient", prefix: str) -> None:
        self._client, self._prefix = client, prefix

    @translated()
    def start(self, machine: str, name: str, payload: dict[str, Any]) -> None:
        try:
            self._client.start_execution(
                stateMachineArn=self._prefix + machine, name=name, input=json.dumps(payload, sort_keys=True)
            )
        except ClientError as error:
            if code(error) != "ExecutionAlreadyExists":
                raise

    @translated()
    def status(self, machine: str, name: str) -> str | None:
        arn = f"{self._prefix.replace(':stateMachine:', ':execution:')}{machine}:{name}"
        try:
            state = self._client.describe_execution(executionArn=arn)["status"]
        except ClientError as error:
            if code(error) != "ExecutionDoesNotExist":
                raise
            return None
        return "RUNNING" if state == "PENDING_REDRIVE" else state
