"""Requests that are answered later: each is an object in the drop bucket, where the control plane takes it up.

The client calls no endpoint for them. So the record of whose request it is is written by who may write it, before
SageMaker is called; and an object takes bodies of up to 1 GB.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from typing import IO, Any, NamedTuple

from tenantry_client._errors import About, InvalidRequest
from tenantry_client._settings import Buckets
from tenantry_client._sizes import MOST, check, size_of

_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?")


class Receipt(NamedTuple):
    """One request: its id, and the S3 URI of its answer-to-be, in which region. A notice tells when, or why not."""

    id: str
    output: str
    region: str = ""


class Requests:
    """Drops one tenant's requests. `connect` gives the S3 client, `find` the buckets, each when first needed."""

    def __init__(self, tenant: str, region: str, connect: Callable[[], Any], find: Callable[[], Buckets]) -> None:
        self._tenant, self._region, self._connect, self._find = tenant, region, connect, find
        self._s3: Any = None
        self._buckets: Buckets | None = None

    def drop(self, model: str, body: bytes | bytearray | str | IO[bytes], content_type: str, name: str) -> Receipt:
        """Put it there. Refused: an id that was used before, or that no key may have, and more than 1 GB."""
        check(size_of(body), MOST["asynchronous"])
        name = name or secrets.token_hex(16)
        if not _ID.fullmatch(name):
            raise InvalidRequest(
                f"{name!r} is no id of a request: 1 to 63 letters, digits, '.' and '-', at both ends no mark",
                About(self._tenant, model),
            )
        self._s3 = self._s3 or self._connect()
        self._buckets = self._buckets or self._find()
        key = f"requests/{self._tenant}/{model}/{name}"
        made = self._s3.put_object(
            Bucket=self._buckets.drop, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*"
        )
        upload = upload_id(self._buckets.drop, key, made["VersionId"])
        folder = f"s3://{self._buckets.results}/results/{self._tenant}/{model}/requests/{name}"
        return Receipt(name, f"{folder}/{upload}.out", self._region)


def upload_id(bucket: str, key: str, version_id: str) -> str:
    """What the control plane calls an uploaded object: 26 base32 characters of SHA-256."""
    digest = hashlib.sha256("\0".join((bucket, key, version_id)).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:26]
