"""An instance's disk: artifacts are downloaded from S3, unpacked, and deleted least recently used first."""

import gzip
import hashlib
import tarfile
import threading
import time
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.hosting.errors import bad_archive, internal_failure, no_artifact
from local.hosting.settings import Panel

_NOT_AN_ARCHIVE = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)


@dataclass(frozen=True)
class Origin:
    """Where a target's artifact lies in S3."""

    bucket: str
    key: str


@dataclass
class Unpacked:
    """An artifact on the disk."""

    folder: Path
    mb: float
    used_at: float


@dataclass
class Volume:
    """The unpacked artifacts of one instance, by target."""

    folder: Path
    s3: Any
    panel: Panel
    _files: dict[str, Unpacked] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, target: str, origin: Origin, in_memory: Collection[str]) -> tuple[Unpacked, bool]:
        """The unpacked artifact, and whether it had to be downloaded; ValidationError when it cannot be had.

        `in_memory` are the targets whose files must stay.
        """
        with self._lock:
            known = self._files.get(target)
            if known:
                known.used_at = time.monotonic()
                return known, False
        unpacked = self._download(target, origin)
        with self._lock:
            self._files[target] = unpacked
            self._make_room({*in_memory, target})
        return unpacked, True

    def report(self) -> dict[str, Any]:
        """Megabytes used and the targets on the disk, least recently used first."""
        with self._lock:
            return {"disk_used_mb": round(self._used(), 3), "on_disk": self._oldest_first()}

    def used_percent(self) -> float:
        """How full the disk is."""
        with self._lock:
            return 100 * self._used() / self.panel.now.instance.disk_mb

    def _download(self, target: str, origin: Origin) -> Unpacked:
        folder = self.folder / hashlib.sha256(target.encode()).hexdigest()[:32] / "model"
        rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            body = self.s3.get_object(Bucket=origin.bucket, Key=origin.key)["Body"]
            with tarfile.open(fileobj=body, mode="r|gz") as archive:
                archive.extractall(folder, filter="data")
        except ClientError as error:
            raise no_artifact(origin.bucket, origin.key) from error
        except _NOT_AN_ARCHIVE as error:
            raise bad_archive(origin.bucket, origin.key, str(error)) from error
        except (BotoCoreError, OSError) as error:
            raise internal_failure(f"The download of s3://{origin.bucket}/{origin.key} broke off: {error}") from error
        return Unpacked(folder, _megabytes(folder), time.monotonic())

    def _make_room(self, kept: Collection[str]) -> None:
        for target in self._oldest_first():
            if self._used() <= self.panel.now.instance.disk_mb:
                return
            if target not in kept:
                rmtree(self._files.pop(target).folder.parent, ignore_errors=True)

    def _oldest_first(self) -> list[str]:
        return sorted(self._files, key=lambda target: self._files[target].used_at)

    def _used(self) -> float:
        return sum(unpacked.mb for unpacked in self._files.values())


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
