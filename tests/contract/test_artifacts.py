"""Artifacts, on versioned buckets in memory and in S3 alike."""

import itertools
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError

from tenantry.adapters.aws import copies, s3
from tenantry.adapters.aws.s3 import S3Artifacts
from tenantry.domain.errors import Rejected, ReleaseFailed, Unavailable
from tests.contract.conftest import ACCOUNT, Store

KEY = "models/acme/churn/7/model.tar.gz"


def test_a_version_is_described(store: Store) -> None:
    version_id = store.put("drop", KEY, b"12345")
    found = store.port.version("drop", KEY, version_id)
    assert found is not None
    assert (found.bucket, found.key, found.version_id, found.size) == ("drop", KEY, version_id, 5)
    assert found.is_latest
    assert found.last_modified.microsecond == 0
    assert found.last_modified.utcoffset() is not None
    assert store.port.latest("drop", KEY) == found


def test_what_is_not_there_is_none(store: Store) -> None:
    version_id = store.put("drop", KEY + "x", b"a neighbour whose key begins the same")
    assert store.port.latest("drop", KEY) is None
    assert store.port.version("drop", KEY, version_id) is None


def test_an_older_version_stays_what_it_was(store: Store) -> None:
    first, second = store.put("drop", KEY, b"1"), store.put("drop", KEY, b"22")
    found, latest = store.port.version("drop", KEY, first), store.port.latest("drop", KEY)
    assert found is not None
    assert latest is not None
    assert (found.size, found.is_latest) == (1, False)
    assert (latest.version_id, latest.size) == (second, 2)
    assert store.port.read("drop", KEY, first, 10) == b"1"


def test_versions_of_one_second_are_counted(store: Store) -> None:
    for number in range(20):  # more than twenty puts a second would be needed to spread them thinner
        store.put("drop", KEY, b"x" * number)
    found = list(store.port.listing("drop", KEY))
    assert [one.size for one in found] == list(range(19, -1, -1))
    order = [(one.last_modified, one.older_in_second) for one in found]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == 20
    for one in found:
        assert store.port.version("drop", KEY, one.version_id) == one


def test_a_delete_marker_hides_the_object_and_can_be_seen(store: Store) -> None:
    version_id = store.put("drop", KEY, b"1")
    marker = store.discard("drop", KEY)
    assert store.port.latest("drop", KEY) is None
    kept, found = store.port.version("drop", KEY, version_id), store.port.version("drop", KEY, marker)
    assert kept is not None
    assert found is not None
    assert (kept.deleted, kept.is_latest) == (False, False)
    assert (found.deleted, found.is_latest, found.size) == (True, True, 0)
    assert (found.last_modified, found.older_in_second) > (kept.last_modified, kept.older_in_second)


def test_removing_the_marker_restores_the_object(store: Store) -> None:
    version_id = store.put("drop", KEY, b"1")
    store.erase("drop", KEY, store.discard("drop", KEY))
    latest = store.port.latest("drop", KEY)
    assert latest is not None
    assert latest.version_id == version_id


def test_a_listing_is_in_key_order_and_shows_deletions_only_when_asked(store: Store) -> None:
    for key in ("b", "a/2", "a/10", "a-1", "A"):
        store.put("drop", key, b"1")
    marker = store.discard("drop", "a/2")
    assert [one.key for one in store.port.listing("drop", "")] == ["A", "a-1", "a/10", "a/2", "b"]
    assert [one.key for one in store.port.listing("drop", "a/")] == ["a/10", "a/2"]
    with_markers = [one for one in store.port.listing("drop", "a/", deletions=True) if one.deleted]
    assert [one.version_id for one in with_markers] == [marker]


def test_a_small_object_is_read_up_to_a_limit_and_one_more(store: Store) -> None:
    version_id = store.put("drop", KEY, b"123456")
    assert store.port.read("drop", KEY, version_id, 6) == b"123456"
    assert store.port.read("drop", KEY, version_id, 4) == b"12345"
    empty = store.put("drop", "empty", b"")
    assert store.port.read("drop", "empty", empty, 4) == b""


def test_a_body_streams_in_chunks_of_64_kib(store: Store) -> None:
    body = bytes(range(256)) * 600
    version_id = store.put("drop", KEY, body)
    chunks = list(store.port.stream("drop", KEY, version_id))
    assert b"".join(chunks) == body
    assert [len(one) for one in chunks] == [65536, 65536, len(body) - 131072]
    assert list(store.port.stream("drop", "empty", store.put("drop", "empty", b""))) == []


def test_what_was_deleted_for_good_is_rejected(store: Store) -> None:
    version_id = store.put("drop", KEY, b"1")
    source = store.port.version("drop", KEY, version_id)
    assert source is not None
    store.erase("drop", KEY, version_id)
    with pytest.raises(Rejected, match="drop it again"):
        store.port.read("drop", KEY, version_id, 10)
    with pytest.raises(Rejected, match="drop it again"):
        list(store.port.stream("drop", KEY, version_id))
    with pytest.raises(Rejected, match="drop it again"):
        store.port.copy(source, "serving", "k")


def test_the_version_that_was_judged_is_the_one_copied(store: Store) -> None:
    version_id = store.put("drop", KEY, b"judged")
    store.put("drop", KEY, b"newer!")
    source = store.port.version("drop", KEY, version_id)
    assert source is not None
    store.port.copy(source, "serving", "acme/churn/a.tar.gz")
    store.port.copy(source, "serving", "acme/churn/a.tar.gz")
    (copied,) = store.port.listing("serving", "acme/")
    assert store.port.read("serving", copied.key, copied.version_id, 100) == b"judged"


def test_another_object_at_the_key_is_never_overwritten(store: Store) -> None:
    source = store.port.version("drop", KEY, store.put("drop", KEY, b"judged"))
    assert source is not None
    other = store.put("serving", "k", b"something else")
    with pytest.raises(ReleaseFailed, match="exists"):
        store.port.copy(source, "serving", "k")
    latest = store.port.latest("serving", "k")
    assert latest is not None
    assert latest.version_id == other


def test_deleting_removes_every_version_and_only_of_this_key(store: Store) -> None:
    store.put("serving", "k", b"1")
    store.discard("serving", "k")
    store.put("serving", "k", b"2")
    store.put("serving", "k2", b"3")
    store.port.delete("serving", "k")
    store.port.delete("serving", "k")
    assert [one.key for one in store.port.listing("serving", "", deletions=True)] == ["k2"]


# Only S3 can do this.


@pytest.fixture
def bucket(aws: boto3.Session) -> Any:
    client = aws.client("s3")
    for name in ("drop", "serving"):
        client.create_bucket(Bucket=name)
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return client


class Spy:
    """A client that lets a test see and spoil its calls."""

    def __init__(self, client: Any, **spoiled: Any) -> None:
        self._client, self._spoiled, self.calls = client, spoiled, list[tuple[str, dict[str, Any]]]()

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **params: Any) -> Any:
            self.calls.append((name, params))
            if name in self._spoiled:
                return self._spoiled[name](**params)
            return getattr(self._client, name)(*args, **params)

        return call


def failing(code: str, status: int = 400) -> Any:
    def fail(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")

    return fail


def test_more_versions_than_a_page_of_the_listing(bucket: Any) -> None:
    for number in range(7):
        bucket.put_object(Bucket="drop", Key=KEY, Body=b"x" * number)
    pager = bucket.get_paginator("list_object_versions")
    spy = Spy(bucket, get_paginator=lambda **_: Paged(pager))
    port = S3Artifacts(spy, ACCOUNT)
    assert [one.size for one in port.listing("drop", "")] == [6, 5, 4, 3, 2, 1, 0]
    latest = port.latest("drop", KEY)
    assert latest is not None
    assert latest.size == 6


class Paged:
    """Two entries a page."""

    def __init__(self, pager: Any) -> None:
        self._pager = pager

    def paginate(self, **params: Any) -> Any:
        return self._pager.paginate(**params, PaginationConfig={"PageSize": 2})


@pytest.mark.parametrize(("code", "status"), [("SlowDown", 503), ("InternalError", 500), ("RequestTimeout", 400)])
def test_throttles_and_server_errors_are_unavailable(bucket: Any, code: str, status: int) -> None:
    port = S3Artifacts(Spy(bucket, get_object=failing(code, status)), ACCOUNT)
    with pytest.raises(Unavailable):
        port.read("drop", KEY, "v", 1)


def test_a_missing_permission_is_raised_as_it_is(bucket: Any) -> None:
    port = S3Artifacts(Spy(bucket, get_object=failing("AccessDenied", 403)), ACCOUNT)
    with pytest.raises(ClientError, match="AccessDenied"):
        port.read("drop", KEY, "v", 1)


@pytest.mark.parametrize(
    "error", [ReadTimeoutError(endpoint_url="s3"), IncompleteReadError(actual_bytes=1, expected_bytes=2)]
)
def test_a_body_that_breaks_off_is_unavailable(bucket: Any, error: Exception) -> None:
    class Broken:
        def iter_chunks(self, _: int) -> Any:
            yield b"half"
            raise error

        def close(self) -> None:
            self.closed = True

    body = Broken()
    port = S3Artifacts(Spy(bucket, get_object=lambda **_: {"Body": body}), ACCOUNT)
    chunks = port.stream("drop", KEY, "v")
    assert next(chunks) == b"half"
    with pytest.raises(Unavailable):
        next(chunks)
    assert body.closed


def test_every_call_names_the_owner_and_every_read_a_version(bucket: Any) -> None:
    spy = Spy(bucket)
    port = S3Artifacts(spy, ACCOUNT)
    version_id = bucket.put_object(Bucket="drop", Key=KEY, Body=b"judged")["VersionId"]
    source = port.version("drop", KEY, version_id)
    assert source is not None
    port.copy(source, "serving", "k")
    port.read("drop", KEY, version_id, 1)
    list(port.stream("drop", KEY, version_id))
    port.delete("serving", "k")
    sent = [(name, params) for name, params in spy.calls if name != "get_paginator"]
    assert [name for name, _ in sent] == ["copy_object", "get_object", "get_object", "delete_object"]
    assert all(params["ExpectedBucketOwner"] == ACCOUNT for _, params in sent)
    assert all("VersionId" in params for name, params in sent if name != "copy_object")
    copy = sent[0][1]
    assert copy["IfNoneMatch"] == "*"
    assert copy["CopySource"] == {"Bucket": "drop", "Key": KEY, "VersionId": version_id}
    assert copy["ExpectedSourceBucketOwner"] == ACCOUNT


def test_a_copy_that_somebody_else_finished_first_is_a_success(bucket: Any) -> None:
    version_id = bucket.put_object(Bucket="drop", Key=KEY, Body=b"judged")["VersionId"]

    def lose_the_race(**params: Any) -> None:
        bucket.put_object(Bucket=params["Bucket"], Key=params["Key"], Body=b"judged")
        failing("PreconditionFailed", 412)()

    port = S3Artifacts(Spy(bucket, copy_object=lose_the_race), ACCOUNT)
    source = port.version("drop", KEY, version_id)
    assert source is not None
    port.copy(source, "serving", "k")


class InParts:
    """The parts of a multipart copy as S3 would take them; moto has no objects of 5 GB."""

    def __init__(self, client: Any, *, broken: int = 0) -> None:
        self.ranges: dict[int, str] = {}
        self.completed: dict[str, Any] = {}
        self.aborted = False
        self._broken = broken
        self.spy = Spy(
            client,
            create_multipart_upload=lambda **_: {"UploadId": "u"},
            upload_part_copy=self._part,
            complete_multipart_upload=lambda **params: self.completed.update(params),
            abort_multipart_upload=self._abort,
        )

    def _part(self, **params: Any) -> dict[str, Any]:
        if params["PartNumber"] == self._broken:
            failing("InternalError", 500)()
        self.ranges[params["PartNumber"]] = params["CopySourceRange"]
        return {"CopyPartResult": {"ETag": f"e{params['PartNumber']}"}}

    def _abort(self, **_: Any) -> None:
        self.aborted = True


@pytest.fixture
def large(bucket: Any) -> Any:
    version_id = bucket.put_object(Bucket="drop", Key=KEY, Body=b"x")["VersionId"]
    source = S3Artifacts(bucket, ACCOUNT).version("drop", KEY, version_id)
    assert source is not None
    return source.model_copy(update={"size": copies.MOST_WHOLE + 1})


def test_above_5_gb_a_copy_goes_in_parts(bucket: Any, large: Any) -> None:
    parts = InParts(bucket)
    S3Artifacts(parts.spy, ACCOUNT).copy(large, "serving", "k")
    spans = [tuple(map(int, text.removeprefix("bytes=").split("-"))) for _, text in sorted(parts.ranges.items())]
    assert spans[0][0] == 0
    assert spans[-1][1] == large.size - 1
    assert all(before[1] + 1 == after[0] for before, after in itertools.pairwise(spans))
    assert parts.completed["IfNoneMatch"] == "*"
    assert [one["PartNumber"] for one in parts.completed["MultipartUpload"]["Parts"]] == list(range(1, 12))
    assert not parts.aborted


def test_a_part_that_fails_leaves_no_half_of_a_copy(bucket: Any, large: Any) -> None:
    parts = InParts(bucket, broken=3)
    with pytest.raises(Unavailable):
        S3Artifacts(parts.spy, ACCOUNT).copy(large, "serving", "k")
    assert parts.aborted
    assert not parts.completed


def test_the_chunk_is_64_kib() -> None:
    assert s3.CHUNK == 65536
