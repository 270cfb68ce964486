"""Artifacts in S3. Every call names the bucket's expected owner, every read a version."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

from botocore.exceptions import ClientError

from tenantry.adapters.aws.copies import MOST_WHOLE, copy_in_parts, copy_whole
from tenantry.adapters.aws.failures import code, translated
from tenantry.domain.errors import Rejected, ReleaseFailed
from tenantry.ports import ObjectVersion

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 64 * 1024
_GONE = {"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed"}
_EXISTS = {"PreconditionFailed"}


class S3Artifacts:
    """The `Artifacts` port. `owner` is the account that must own every bucket."""

    def __init__(self, client: "S3Client", owner: str) -> None:
        self._client, self._owner = client, owner

    def version(self, bucket: str, key: str, version_id: str) -> ObjectVersion | None:
        return next((one for one in self._versions(bucket, key) if one.version_id == version_id), None)

    def latest(self, bucket: str, key: str) -> ObjectVersion | None:
        found = next((one for one in self._versions(bucket, key) if one.is_latest), None)
        return None if found is None or found.deleted else found

    def read(self, bucket: str, key: str, version_id: str, at_most: int) -> bytes:
        body = self._open(bucket, key, version_id)
        with translated():
            try:
                return bytes(body.read(at_most + 1))
            finally:
                body.close()

    def content_type(self, bucket: str, key: str, version_id: str) -> str:
        return str(self._head(bucket, key, version_id).get("ContentType", ""))

    def replicated(self, bucket: str, key: str, version_id: str) -> bool:
        return bool(self._head(bucket, key, version_id).get("ReplicationStatus") == "REPLICA")

    def stream(self, bucket: str, key: str, version_id: str) -> Iterator[bytes]:
        body = self._open(bucket, key, version_id)
        with translated():
            try:
                yield from body.iter_chunks(CHUNK)
            finally:
                body.close()

    @translated()
    def write(self, bucket: str, key: str, body: bytes, content_type: str) -> None:
        self._client.put_object(
            Bucket=bucket, Key=key, Body=body, ContentType=content_type, ExpectedBucketOwner=self._owner
        )

    def copy(self, source: ObjectVersion, bucket: str, key: str) -> None:
        if self._copied(source, bucket, key):
            return
        copy_now = copy_whole if source.size <= MOST_WHOLE else copy_in_parts
        try:
            with translated():
                copy_now(self._client, self._owner, source, bucket, key)
        except ClientError as error:
            if code(error) in _GONE:
                _gone(source.bucket, source.key, source.version_id, error)
            if code(error) not in _EXISTS:
                raise
            self._copied(source, bucket, key)

    def delete(self, bucket: str, key: str) -> None:
        for one in list(self._versions(bucket, key)):
            with translated():
                self._client.delete_object(
                    Bucket=bucket, Key=key, VersionId=one.version_id, ExpectedBucketOwner=self._owner
                )

    def listing(self, bucket: str, prefix: str, *, deletions: bool = False) -> Iterator[ObjectVersion]:
        return (one for one in self._listing(bucket, prefix) if deletions or not one.deleted)

    def _versions(self, bucket: str, key: str) -> Iterator[ObjectVersion]:
        """Newest first. A key is the first of all keys that begin with it, so the listing is left early."""
        return itertools.takewhile(lambda one: one.key == key, self._listing(bucket, key))

    def _listing(self, bucket: str, prefix: str) -> Iterator[ObjectVersion]:
        for _, group in itertools.groupby(self._entries(bucket, prefix), attrgetter("key", "last_modified")):
            same_second = list(group)
            objects = [one for one in same_second if not one.deleted]
            for one in same_second:
                yield one.model_copy(update={"older_in_second": _older(one, objects)})

    def _entries(self, bucket: str, prefix: str) -> Iterator[ObjectVersion]:
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=bucket, Prefix=prefix, ExpectedBucketOwner=self._owner
        )
        with translated():
            for page in pages:
                yield from _in_order(bucket, page.get("Versions", ()), page.get("DeleteMarkers", ()))

    @translated()
    def _head(self, bucket: str, key: str, version_id: str) -> Any:
        try:
            return self._client.head_object(
                Bucket=bucket, Key=key, VersionId=version_id, ExpectedBucketOwner=self._owner
            )
        except ClientError as error:
            if code(error) in _GONE:
                _gone(bucket, key, version_id, error)
            raise

    @translated()
    def _open(self, bucket: str, key: str, version_id: str) -> Any:
        try:
            answer = self._client.get_object(
                Bucket=bucket, Key=key, VersionId=version_id, ExpectedBucketOwner=self._owner
            )
        except ClientError as error:
            if code(error) in _GONE:
                _gone(bucket, key, version_id, error)
            raise
        return answer["Body"]

    def _copied(self, source: ObjectVersion, bucket: str, key: str) -> bool:
        """Whether the copy lies there already; ReleaseFailed when something else does."""
        there = self.latest(bucket, key)
        if there is not None and there.size != source.size:
            raise ReleaseFailed(f"s3://{bucket}/{key} exists and is not the copy of {source.key}")
        return there is not None


def _older(one: ObjectVersion, objects: list[ObjectVersion]) -> int:
    """How many of the objects of its second are older. A marker that is not the latest counts all but one."""
    if one.deleted:
        return len(objects) if one.is_latest else max(0, len(objects) - 1)
    return len(objects) - 1 - objects.index(one)


def _in_order(bucket: str, objects: Iterable[Any], markers: Iterable[Any]) -> list[ObjectVersion]:
    """One page in the order of S3: by key, newest first. The SDK parts objects from delete markers."""
    both = [_entry(bucket, one, deleted=False) for one in objects]
    both += [_entry(bucket, one, deleted=True) for one in markers]
    newest_first = sorted(both, key=lambda one: (one.last_modified, one.is_latest), reverse=True)
    return sorted(newest_first, key=lambda one: one.key.encode())


def _entry(bucket: str, entry: Any, *, deleted: bool) -> ObjectVersion:
    return ObjectVersion(
        bucket=bucket,
        key=entry["Key"],
        version_id=entry["VersionId"],
        size=0 if deleted else entry["Size"],
        last_modified=_second(entry["LastModified"]),
        is_latest=entry["IsLatest"],
        deleted=deleted,
    )


def _second(at: datetime) -> datetime:
    """S3 tells whole seconds; what emulates it may tell more."""
    return at.astimezone(UTC).replace(microsecond=0)


def _gone(bucket: str, key: str, version_id: str, error: Exception) -> NoReturn:
    raise Rejected(f"s3://{bucket}/{key} (version {version_id}) was deleted: drop it again") from error
