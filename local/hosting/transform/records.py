"""From a file to the requests of the container, and from its answers to the output. Pure."""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator

from local.hosting.transform.errors import FileFailed
from local.hosting.transform.spec import TransformSpec


def requests_of(body: bytes, spec: TransformSpec) -> Iterator[bytes]:
    """The bodies of the requests for one file, in order; `FileFailed` when a record is too large.

    Requests never mix files. A line keeps its line break.
    """
    if not spec.by_line:
        yield _fitting(body, spec.payload_limit)
    elif spec.single:
        yield from (_fitting(line, spec.payload_limit) for line in io.BytesIO(body))
    else:
        yield from _packed(io.BytesIO(body), spec.payload_limit)


def assembled(answers: Iterable[bytes], spec: TransformSpec) -> bytes:
    """The output of one file: its answers in the order of its records."""
    if not spec.end_lines:
        return b"".join(answers)
    return b"".join(answer if answer.endswith(b"\n") else answer + b"\n" for answer in answers)


def unpacked(body: bytes, spec: TransformSpec) -> bytes:
    """The file as it is split; `FileFailed` when it is no gzip and should be."""
    if not spec.gzipped:
        return body
    try:
        return gzip.decompress(body)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFailed("ClientError", f"Unable to decompress the input: {error}") from error


def _packed(lines: Iterable[bytes], limit: int) -> Iterator[bytes]:
    payload: list[bytes] = []
    size = 0
    for line in lines:
        if payload and limit and size + len(line) > limit:
            yield b"".join(payload)
            payload, size = [], 0
        payload.append(_fitting(line, limit))
        size += len(line)
    if payload:
        yield b"".join(payload)


def _fitting(record: bytes, limit: int) -> bytes:
    if limit and len(record) > limit:
        raise FileFailed("ClientError", "Too much data for max payload size")
    return record
