"""Versioned buckets in memory, with S3's own rules: delete markers, versions within one second, newest first."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from threading import RLock
from typing import NamedTuple

from tenantry.adapters.memory.faults import Faults
from tenantry.adapters.memory.guard import warn_inside_lambda
from tenantry.domain.errors import Rejected, ReleaseFailed
from tenantry.ports import Clock, ObjectVersion

CHUNK = 64 * 1024


class _Entry(NamedTuple):
    version_id: str
    body: bytes | None
    at: datetime
    content_type: str = "binary/octet-stream"
    replica: bool = False


def place(uri: str) -> tuple[str, str]:
    """Bucket and key, or prefix, of an `s3://bucket/key`."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class MemoryArtifacts:
    """The `Artifacts` port. `put`, `discard` and `erase` are what users do to a bucket, `replicate` what S3 does."""

    def __init__(self, clock: Clock) -> None:
        warn_inside_lambda(self)
        self.faults = Faults()
        self._clock, self._lock, self._made = clock, RLock(), 0
        self._buckets: dict[str, dict[str, list[_Entry]]] = defaultdict(dict)

    def put(self, bucket: str, key: str, body: bytes, content_type: str = "binary/octet-stream") -> ObjectVersion:
        """A new version of the object."""
        return self._add(bucket, key, body, content_type)

    def discard(self, bucket: str, key: str) -> ObjectVersion:
        """What deleting without a version id does: a delete marker on top."""
        return self._add(bucket, key, None)

    def replicate(self, source: ObjectVersion, bucket: str, body: bytes) -> ObjectVersion:
        """What S3 replication does: a copy, or a marker, with the source's key, version id and time."""
        with self._lock:
            known = self._buckets[bucket].setdefault(source.key, [])
            entry = _Entry(source.version_id, None if source.deleted else body, source.last_modified, replica=True)
            self._buckets[bucket][source.key] = sorted([*known, entry], key=lambda one: one.at)
            return next(one for one in self._versions(bucket, source.key) if one.version_id == source.version_id)

    def erase(self, bucket: str, key: str, version_id: str) -> None:
        """Remove one version, or one delete marker, for good."""
        with self._lock:
            left = [one for one in self._buckets[bucket].get(key, []) if one.version_id != version_id]
            self._keep(bucket, key, left)

    def lying_at(self, uri: str) -> bytes | None:
        """What a service that is given this URI reads now; `None` where nothing lies."""
        there = self.latest(*place(uri))
        return None if there is None else self.read(there.bucket, there.key, there.version_id, there.size)

    def version(self, bucket: str, key: str, version_id: str) -> ObjectVersion | None:
        with self._lock, self.faults.around("version"):
            return next((one for one in self._versions(bucket, key) if one.version_id == version_id), None)

    def latest(self, bucket: str, key: str) -> ObjectVersion | None:
        with self._lock, self.faults.around("latest"):
            newest = next(self._versions(bucket, key), None)
        return None if newest is None or newest.deleted else newest

    def read(self, bucket: str, key: str, version_id: str, at_most: int) -> bytes:
        with self.faults.around("read"):
            return self._body(bucket, key, version_id)[: at_most + 1]

    def content_type(self, bucket: str, key: str, version_id: str) -> str:
        with self.faults.around("content_type"):
            return self._entry(bucket, key, version_id).content_type

    def replicated(self, bucket: str, key: str, version_id: str) -> bool:
        with self.faults.around("replicated"):
            return self._entry(bucket, key, version_id).replica

    def stream(self, bucket: str, key: str, version_id: str) -> Iterator[bytes]:
        with self.faults.around("stream"):
            body = self._body(bucket, key, version_id)
        for start in range(0, len(body), CHUNK):
            yield body[start : start + CHUNK]

    def write(self, bucket: str, key: str, body: bytes, content_type: str) -> None:
        with self._lock, self.faults.around("write"):
            self._add(bucket, key, body, content_type)

    def copy(self, source: ObjectVersion, bucket: str, key: str) -> None:
        with self._lock, self.faults.around("copy"):
            there, body = self.latest(bucket, key), self._body(source.bucket, source.key, source.version_id)
            if there is None:
                self._add(bucket, key, body)
            elif there.size != source.size:
                raise ReleaseFailed(f"s3://{bucket}/{key} exists and is not the copy of {source.key}")

    def delete(self, bucket: str, key: str) -> None:
        with self._lock, self.faults.around("delete"):
            self._keep(bucket, key, [])

    def listing(self, bucket: str, prefix: str, *, deletions: bool = False) -> Iterator[ObjectVersion]:
        with self._lock, self.faults.around("listing"):
            keys = sorted((key for key in self._buckets[bucket] if key.startswith(prefix)), key=str.encode)
            found = [one for key in keys for one in self._versions(bucket, key)]
        return (one for one in found if deletions or not one.deleted)

    def _add(self, bucket: str, key: str, body: bytes | None, content_type: str = "") -> ObjectVersion:
        with self._lock:
            self._made += 1
            entry = _Entry(f"{self._made:032d}", body, self._clock.now().replace(microsecond=0), content_type)
            self._buckets[bucket].setdefault(key, []).append(entry)
            return next(self._versions(bucket, key))

    def _keep(self, bucket: str, key: str, entries: list[_Entry]) -> None:
        if entries:
            self._buckets[bucket][key] = entries
        else:
            self._buckets[bucket].pop(key, None)

    def _versions(self, bucket: str, key: str) -> Iterator[ObjectVersion]:
        entries = self._buckets[bucket].get(key, [])
        for place, entry in reversed(list(enumerate(entries))):
            older = entries[:place]
            yield ObjectVersion(
                bucket=bucket,
                key=key,
                version_id=entry.version_id,
                size=len(entry.body or b""),
                last_modified=entry.at,
                older_in_second=sum(one.at == entry.at and one.body is not None for one in older),
                is_latest=place == len(entries) - 1,
                deleted=entry.body is None,
            )

    def _body(self, bucket: str, key: str, version_id: str) -> bytes:
        return self._entry(bucket, key, version_id).body or b""

    def _entry(self, bucket: str, key: str, version_id: str) -> _Entry:
        for entry in self._buckets[bucket].get(key, []):
            if entry.version_id == version_id and entry.body is not None:
                return entry
        raise Rejected(f"s3://{bucket}/{key} (version {version_id}) was deleted: drop it again")
