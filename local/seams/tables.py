"""DynamoDB: what a template says of a table beyond its keys, and transactions that are sent twice.

moto leaves out time to live and point-in-time recovery, and applies a transaction again when a client repeats it with
the same `ClientRequestToken`. DynamoDB answers the repetition with success for ten minutes and changes nothing.
"""

import json
import time
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from local.context import Context
from local.seams.replace import replace

REMEMBERED = 600  # seconds


class IdempotentParameterMismatch(DynamodbException):
    """The token was used for another transaction."""

    error_type = "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException"

    def __init__(self) -> None:
        super().__init__(self.error_type, "Request parameters do not match those of an earlier request with the token.")


def install(context: Context) -> None:
    """Complete tables and remember transactions."""
    create = Table.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]
    transact = replace(DynamoHandler, "transact_write_items", None)
    done: dict[str, tuple[float, str]] = {}

    def create_whole(cls: Any, resource_name: str, cloudformation_json: Any, *rest: Any, **more: Any) -> Any:
        table = create(cls, resource_name, cloudformation_json, *rest, **more)
        complete(context, table.name, cloudformation_json["Properties"])
        return table

    def transact_once(request: Any) -> Any:
        token = request.body.get("ClientRequestToken")
        text = json.dumps(request.body["TransactItems"], sort_keys=True)
        for old in [each for each, (moment, _) in done.items() if moment < time.monotonic() - REMEMBERED]:
            del done[old]
        if token in done:
            if done[token][1] != text:
                raise IdempotentParameterMismatch
            return ActionResult({})
        answer = transact(request)
        if token:
            done[token] = (time.monotonic(), text)
        return answer

    replace(Table, "create_from_cloudformation_json", classmethod(create_whole))
    replace(DynamoHandler, "transact_write_items", transact_once)


def complete(context: Context, name: str, properties: dict[str, Any]) -> None:
    """Turn on what the template turns on."""
    backend = dynamodb_backends[context.account][context.region]
    if "TimeToLiveSpecification" in properties:
        backend.update_time_to_live(name, properties["TimeToLiveSpecification"])
    if "PointInTimeRecoverySpecification" in properties:
        backend.update_continuous_backups(name, properties["PointInTimeRecoverySpecification"])
