"""The one gate in front of SageMaker's control calls, shared by all workflows: one item per operation.

The item lies in the registry's table and holds the time of the next free slot. A caller takes a slot by one atomic
write, then sleeps until its time has come.
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import code, translated
from tenantry.adapters.gate import share
from tenantry.domain.errors import Unavailable
from tenantry.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoGate:
    """`per_second` is the rate of changing calls, `None` for no gate; `patience` the longest wait in seconds."""

    def __init__(
        self, client: "DynamoDBClient", table: str, clock: Clock, per_second: float | None, patience: float = 30
    ) -> None:
        self._client, self._table, self._clock = client, table, clock
        self._per_second, self._patience = per_second, round(patience * 1_000_000)

    def wait(self, operation: str) -> None:
        """Return when this call may be made; Unavailable when that is further away than `patience`."""
        if self._per_second is None:
            return
        step = round(1_000_000 / (self._per_second * share(operation)))
        micros = self._take(operation, step)
        if micros > 0:
            self._clock.sleep(micros / 1_000_000)

    def _take(self, operation: str, step: int) -> int:
        """Microseconds until the slot that was taken."""
        now = self._now()
        free = "attribute_not_exists(pk) OR next_at <= :b"
        if self._update(operation, "SET next_at = :a", free, now + step, now) is not None:
            return 0
        behind = self._update(operation, "ADD next_at :a", "next_at < :b", step, now + self._patience)
        if behind is None:
            raise Unavailable(f"{operation}: more calls wait for SageMaker than it takes in the next seconds")
        return behind - step - now

    def _update(self, operation: str, update: str, condition: str, first: int, second: int) -> int | None:
        """The new time of the next free slot, in microseconds since 1970, or `None` when the condition failed."""
        try:
            with translated():
                answer = self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": "GATE"}, "sk": {"S": operation}},
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeValues={":a": {"N": str(first)}, ":b": {"N": str(second)}},
                    ReturnValues="UPDATED_NEW",
                )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return None
        return int(answer["Attributes"]["next_at"]["N"])

    def _now(self) -> int:
        return round(self._clock.now().timestamp() * 1_000_000)
