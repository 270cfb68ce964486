"""DynamoDB misbehaving: answers that never come, tables that are busy, tries of the SDK's own that landed unheard."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tenantry.adapters.aws.dynamodb import TRIES, DynamoRegistry
from tenantry.adapters.memory.clock import MemoryClock
from tenantry.domain.errors import Conflict, Unavailable
from tenantry.domain.versions import Upload
from tenantry.ports import Check, Delete, Put
from tests.contract.conftest import TABLES
from tests.contract.test_registry import NOW, upload

WRITES = ("put_item", "delete_item", "transact_write_items")
UNKNOWN: dict[str, Exception] = {
    "timeout": ReadTimeoutError(endpoint_url="https://dynamodb"),
    "reset": ConnectionClosedError(endpoint_url="https://dynamodb"),
    "500": ClientError(
        {"Error": {"Code": "InternalServerError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "TransactWriteItems"
    ),
}


class Flaky:
    """A client whose next write goes wrong: `before` it is sent, or after it `landed`; others come between."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.error: Exception | None = None
        self.lands = True
        self.times = 1
        self.meanwhile: Callable[[], None] = lambda: None
        self.sent = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in WRITES:
            return method

        def write(**params: Any) -> Any:
            self.sent += 1
            if not self.error or self.times == 0:
                return method(**params)
            self.times -= 1
            if self.lands:
                method(**params)
            self.meanwhile()
            raise self.error

        return write


@pytest.fixture
def flaky(dynamodb: Any) -> Flaky:
    return Flaky(dynamodb)


@pytest.fixture
def calm(dynamodb: Any, clock: MemoryClock) -> DynamoRegistry:
    """Somebody else, whose calls go well."""
    return DynamoRegistry(dynamodb, TABLES, clock)


@pytest.fixture
def registry(flaky: Flaky, clock: MemoryClock) -> DynamoRegistry:
    return DynamoRegistry(flaky, TABLES, clock)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("rows", [1, 3])
def test_a_commit_that_landed_unheard_is_a_success(
    registry: DynamoRegistry, flaky: Flaky, error: Exception, rows: int
) -> None:
    flaky.error = error
    registry.commit(*(Put(row=upload(f"n{number}")) for number in range(rows)))
    assert {row.revision for row in registry.rows(Upload, "TENANT#acme")} == {1}
    assert flaky.sent == 1


@pytest.mark.parametrize("error", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("rows", [1, 3])
def test_a_commit_that_did_not_land_is_unavailable_and_not_repeated(
    registry: DynamoRegistry, flaky: Flaky, error: Exception, rows: int
) -> None:
    flaky.error, flaky.lands = error, False
    with pytest.raises(Unavailable):
        registry.commit(*(Put(row=upload(f"n{number}")) for number in range(rows)))
    assert registry.rows(Upload, "TENANT#acme") == []
    assert flaky.sent == 1


def test_a_deletion_that_landed_unheard_is_a_success(registry: DynamoRegistry, flaky: Flaky) -> None:
    registry.commit(Put(row=upload()))
    flaky.error = UNKNOWN["timeout"]
    registry.commit(Delete(row=upload(revision=1)))
    assert registry.get(Upload, upload().key) is None


def test_the_same_content_written_by_somebody_else_is_not_our_work(
    registry: DynamoRegistry, calm: DynamoRegistry, flaky: Flaky
) -> None:
    claim = Put(row=upload(owner="u-a1-1"))
    flaky.error, flaky.lands, flaky.meanwhile = UNKNOWN["timeout"], False, lambda: calm.commit(claim)
    with pytest.raises(Conflict):
        registry.commit(claim)


def test_a_commit_that_landed_and_was_overwritten_is_a_conflict(
    registry: DynamoRegistry, calm: DynamoRegistry, flaky: Flaky
) -> None:
    flaky.error = UNKNOWN["timeout"]
    flaky.meanwhile = lambda: calm.commit(Put(row=upload(revision=1, reason="theirs")))
    with pytest.raises(Conflict):
        registry.commit(Put(row=upload()))
    found = registry.get(Upload, upload().key)
    assert found is not None
    assert found.reason == "theirs"


def test_one_row_that_still_carries_the_token_proves_the_whole_commit(
    registry: DynamoRegistry, calm: DynamoRegistry, flaky: Flaky
) -> None:
    flaky.error = UNKNOWN["timeout"]
    flaky.meanwhile = lambda: calm.commit(Put(row=upload("a1", revision=1, reason="theirs")))
    registry.commit(Put(row=upload("a1")), Put(row=upload("b2")))


def test_a_condition_that_failed_because_an_earlier_try_landed_is_a_success(
    registry: DynamoRegistry, flaky: Flaky
) -> None:
    flaky.error = ClientError(
        {
            "Error": {"Code": "ConditionalCheckFailedException"},
            "ResponseMetadata": {"RetryAttempts": 1, "HTTPStatusCode": 400},
        },
        "PutItem",
    )
    registry.commit(Put(row=upload()))
    registry.commit(Delete(row=upload(revision=1)))


def test_an_unheard_check_alone_is_unavailable(registry: DynamoRegistry, flaky: Flaky) -> None:
    registry.commit(Put(row=upload()))
    flaky.error = UNKNOWN["timeout"]
    with pytest.raises(Unavailable):
        registry.commit(Check(row=upload(revision=1)))


def cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code} for code in codes]
    return ClientError(
        {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}, "TransactWriteItems"
    )


@pytest.mark.parametrize(
    "error",
    [
        cancelled("TransactionConflict", "None"),
        cancelled("None", "ThrottlingError"),
        ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "TransactWriteItems"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems"),
    ],
    ids=["conflict", "throttled-reason", "throughput", "throttled"],
)
def test_busy_tables_are_asked_again(
    registry: DynamoRegistry, flaky: Flaky, clock: MemoryClock, error: ClientError
) -> None:
    flaky.error, flaky.lands, flaky.times = error, False, TRIES - 1
    began = clock.now()
    registry.commit(Put(row=upload("a1")), Put(row=upload("b2")))
    assert flaky.sent == TRIES
    assert 0 < (clock.now() - began).total_seconds() <= 0.05 * (2**TRIES)


def test_tables_that_stay_busy_are_unavailable(registry: DynamoRegistry, flaky: Flaky) -> None:
    flaky.error, flaky.lands, flaky.times = cancelled("TransactionConflict"), False, 99
    with pytest.raises(Unavailable):
        registry.commit(Put(row=upload("a1")), Put(row=upload("b2")))
    assert flaky.sent == TRIES


def test_a_failed_condition_beside_a_busy_row_is_a_conflict_at_once(registry: DynamoRegistry, flaky: Flaky) -> None:
    flaky.error, flaky.lands = cancelled("TransactionConflict", "ConditionalCheckFailed"), False
    with pytest.raises(Conflict) as caught:
        registry.commit(Put(row=upload("a1")), Put(row=upload("b2")))
    assert caught.value.keys == (upload("b2").key,)
    assert flaky.sent == 1


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDeniedException"}}, "TransactWriteItems"),
        cancelled("None", "ValidationError"),
        cancelled("TransactionConflict", "ItemCollectionSizeLimitExceeded"),
    ],
    ids=["denied", "invalid", "too-large"],
)
def test_what_nobody_can_mend_is_raised_as_it_is(registry: DynamoRegistry, flaky: Flaky, error: ClientError) -> None:
    flaky.error, flaky.lands = error, False
    with pytest.raises(ClientError) as caught:
        registry.commit(Put(row=upload("a1")), Put(row=upload("b2")))
    assert caught.value is error


def test_reads_that_are_throttled_are_unavailable(dynamodb: Any, clock: MemoryClock) -> None:
    class Throttled:
        def get_item(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")

        query = get_item

    registry = DynamoRegistry(Throttled(), TABLES, clock)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        registry.get(Upload, upload().key)
    with pytest.raises(Unavailable):
        registry.rows(Upload, "TENANT#acme")


def test_attributes_that_a_later_release_added_are_kept(registry: DynamoRegistry, dynamodb: Any) -> None:
    key = {"pk": {"S": upload().key[0]}, "sk": {"S": upload().key[1]}}
    mood = {"M": {"level": {"N": "3.25"}, "why": {"NULL": True}}}
    registry.commit(Put(row=upload()))
    dynamodb.update_item(
        TableName=TABLES["registry"],
        Key=key,
        UpdateExpression="SET mood = :good",
        ExpressionAttributeValues={":good": mood},
    )
    found = registry.get(Upload, upload().key)
    assert found is not None
    assert found.but(extras={}) == upload(revision=1)
    registry.commit(Put(row=found.but(reason="another")))
    item = dynamodb.get_item(TableName=TABLES["registry"], Key=key)["Item"]
    assert (item["mood"], item["reason"], item["schema"]) == (mood, {"S": "another"}, {"N": "1"})


def test_a_row_of_a_newer_schema_is_left_alone(registry: DynamoRegistry, dynamodb: Any) -> None:
    registry.commit(Put(row=upload()))
    dynamodb.update_item(
        TableName=TABLES["registry"],
        Key={"pk": {"S": upload().key[0]}, "sk": {"S": upload().key[1]}},
        UpdateExpression="SET #schema = :two",
        ExpressionAttributeNames={"#schema": "schema"},
        ExpressionAttributeValues={":two": {"N": "2"}},
    )
    for read in (
        lambda: registry.get(Upload, upload().key),
        lambda: registry.rows(Upload, "TENANT#acme"),
        lambda: registry.due(Upload, "release#acme", NOW + timedelta(days=1)),
    ):
        with pytest.raises(Unavailable, match="newer Tenantry"):
            read()


def test_rows_are_native_attributes_that_others_can_read(registry: DynamoRegistry, dynamodb: Any) -> None:
    registry.commit(Put(row=upload()))
    (item,) = dynamodb.scan(TableName=TABLES["registry"])["Items"]
    assert item["state"] == {"S": "RECEIVED"}
    assert item["revision"] == {"N": "1"}
    assert item["size"] == {"N": "12"}
    assert item["evidence"]["M"]["slowest_ms"] == {"N": "812.5"}
    assert item["work"] == {"S": "release#acme"}
    assert item["work_at"] == item["since"] == {"S": "2026-11-22T04:05:06.000000Z"}
    assert "retire_at" not in item
