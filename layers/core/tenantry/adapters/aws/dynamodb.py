"""The registry in two DynamoDB tables.

Every write is conditional, so nothing is ever repeated blindly. A commit whose answer never came is read back: each
commit writes a token of its own into its items, and an item with this token proves that all of the commit landed.
"""

import random
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tenantry.adapters.aws.failures import answer_unknown, code, retries, says_later, translated
from tenantry.adapters.aws.items import action, attributes_of, key_of
from tenantry.adapters.stored import WRITTEN, checked, moment, row_of
from tenantry.domain.base import Row
from tenantry.domain.errors import Conflict, Unavailable
from tenantry.ports import Clock, Delete, Put, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WORK_INDEX = "work-index"
TRIES = 8
BASE_SECONDS, MOST_SECONDS = 0.05, 2.0
"""Full jitter: a wait is a random part of the base, doubled every time and capped."""

_CONDITION = "ConditionalCheckFailed"
_BUSY = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class DynamoRegistry:
    """The `Registry` port. `tables` maps a row's `table` to the name of the real one."""

    def __init__(
        self,
        client: "DynamoDBClient",
        tables: dict[str, str],
        clock: Clock,
        *,
        token: Callable[[], str] = lambda: secrets.token_hex(8),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client, self._tables, self._clock = client, tables, clock
        self._token, self._jitter = token, jitter

    def get[R: Row](self, kind: type[R], key: tuple[str, str]) -> R | None:
        stored = self._stored(kind, key)
        return row_of(kind, stored) if stored else None

    def rows[R: Row](self, kind: type[R], partition: str, prefix: str = "") -> list[R]:
        condition, values = "pk = :pk", {":pk": {"S": partition}}
        if prefix:
            condition, values = f"{condition} AND begins_with(sk, :prefix)", {**values, ":prefix": {"S": prefix}}
        query = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, "ConsistentRead": True}
        return [row_of(kind, one) for page in self._pages(kind, query) for one in page]

    def due[R: Row](self, kind: type[R], work: str, before: datetime, limit: int = 500) -> list[R]:
        query = {
            "IndexName": WORK_INDEX,
            "KeyConditionExpression": "#work = :work AND work_at < :before",
            "ExpressionAttributeNames": {"#work": "work"},
            "ExpressionAttributeValues": {":work": {"S": work}, ":before": {"S": moment(before)}},
            "Limit": limit,
        }
        found: list[R] = []
        for page in self._pages(kind, query):
            found += [row_of(kind, one) for one in page]
            if len(found) >= limit:
                break
        return found[:limit]

    def commit(self, *writes: Write) -> None:
        checked(writes)
        if not writes:
            return
        token = self._token()
        for tried in range(TRIES):
            try:
                self._send(writes, token)
            except (ClientError, BotoCoreError) as error:
                if not self._again(writes, token, error):
                    return
            else:
                return
            self._clock.sleep(self._jitter() * min(MOST_SECONDS, BASE_SECONDS * 2**tried))
        raise Unavailable(f"DynamoDB was busy {TRIES} times in a row")

    def _send(self, writes: tuple[Write, ...], token: str) -> None:
        actions: list[Any] = [action(write, self._tables[write.row.table], token) for write in writes]
        match actions:
            case [{"Put": put}]:
                self._client.put_item(**put)
            case [{"Delete": delete}]:
                self._client.delete_item(**delete)
            case _:
                self._client.transact_write_items(TransactItems=actions)

    def _again(self, writes: tuple[Write, ...], token: str, error: Exception) -> bool:
        """Whether to send once more; `False` when the commit landed after all; raises when it cannot."""
        if answer_unknown(error):
            self._settle(writes, token, error)
            return False
        if not isinstance(error, ClientError):
            raise error
        refused, busy = _refusals(error, writes)
        if refused:
            # A try of the SDK's own that landed unheard makes its next one fail: know our own work.
            if self._landed(writes, token, heard=not retries(error)):
                return False
            raise Conflict(*refused) from error
        if not busy:
            raise error
        return True

    def _settle(self, writes: tuple[Write, ...], token: str, error: Exception) -> None:
        """What became of a commit whose answer never came: read back, then decide."""
        if self._landed(writes, token):
            return
        changed = [write.row.key for write in writes if self._revision(write.row) != write.row.revision]
        if changed:
            raise Conflict(*changed) from error
        raise Unavailable(f"DynamoDB did not answer, and nothing was written: {error}") from error

    def _landed(self, writes: tuple[Write, ...], token: str, *, heard: bool = False) -> bool:
        """Whether what is stored is this commit's work.

        Of a row that is gone nobody can tell who removed it: it counts as ours unless every answer was `heard`.
        """
        puts = [write.row for write in writes if isinstance(write, Put)]
        if puts:
            return any((self._stored(type(row), row.key) or {}).get(WRITTEN) == token for row in puts)
        gone = [write.row for write in writes if isinstance(write, Delete)]
        return bool(gone) and not heard and all(self._stored(type(row), row.key) is None for row in gone)

    def _revision(self, row: Row) -> int:
        return int((self._stored(type(row), row.key) or {}).get("revision", 0))

    @translated()
    def _stored(self, kind: type[Row], key: tuple[str, str]) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._tables[kind.table], Key=key_of(key), ConsistentRead=True)
        return attributes_of(answer["Item"]) if "Item" in answer else None

    def _pages(self, kind: type[Row], query: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        start: dict[str, Any] = {}
        while True:
            with translated():
                page = self._client.query(TableName=self._tables[kind.table], **query, **start)
            yield [attributes_of(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _refusals(error: ClientError, writes: tuple[Write, ...]) -> tuple[list[tuple[str, str]], bool]:
    """The keys whose condition failed, and whether the tables were merely busy."""
    if code(error) == f"{_CONDITION}Exception":
        return [writes[0].row.key], False
    if code(error) != "TransactionCanceledException":
        return [], says_later(error)
    reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    refused = [write.row.key for write, why in zip(writes, reasons, strict=False) if why == _CONDITION]
    return refused, bool(_BUSY & set(reasons)) and set(reasons) <= {*_BUSY, "None"}
