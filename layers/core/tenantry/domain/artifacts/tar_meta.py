"""What may stand before a member: a pax header or a GNU long name, read to the last byte."""

import re

from tenantry.domain.artifacts import tar_checks as no
from tenantry.domain.artifacts.tar_header import FULL, Header
from tenantry.domain.artifacts.values import Caps

_RECORD = re.compile(rb"([1-9][0-9]{0,5}) ([^=\n]+)=")
_KEYS = re.compile(
    rb"path|size|[acm]time|[ug]id|[ug]name|comment"
    rb"|LIBARCHIVE\.creationtime|SCHILY\.(?:dev|ino|nlink|fflags)"
    rb"|(?:LIBARCHIVE|SCHILY)\.xattr\.(?:com\.apple|user)\..+"
)
_GLOBAL_KEYS = re.compile(rb"comment|mtime")
_SIZE = re.compile(rb"[0-9]{1,20}")


def parse_pax(content: bytes, at: int, caps: Caps, *, everywhere: bool = False) -> dict[bytes, bytes]:
    """The records of a pax header (`everywhere`: a global one); a Flaw when one is malformed, unknown or doubled."""
    records: dict[bytes, bytes] = {}
    start = 0
    while start < len(content):
        key, value, start = _record(content, start, at)
        _check_key(key, at, everywhere=everywhere)
        if key in records:
            raise no.META_FORM.flaw(at=at, what=f"says {key.decode()} twice")
        records[key] = value
        if len(records) > caps.pax_records:
            raise no.MANY_RECORDS.flaw(at=at, cap=caps.pax_records)
    return records


def _record(content: bytes, start: int, at: int) -> tuple[bytes, bytes, int]:
    """Key, value and end of the record at `start`."""
    match = _RECORD.match(content, start)
    end = start + int(match[1]) if match else 0
    if not match or not match.end() < end <= len(content) or content[end - 1 : end] != b"\n":
        raise no.META_FORM.flaw(at=at, what="has a malformed record")
    return match[2], content[match.end() : end - 1], end


def _check_key(key: bytes, at: int, *, everywhere: bool) -> None:
    if key.startswith(b"GNU.sparse."):
        raise no.PAX_KEY.flaw(at=at, what="a sparse file")
    if not (_GLOBAL_KEYS if everywhere else _KEYS).fullmatch(key):
        known = ascii(key[:40].decode("latin-1"))
        raise no.PAX_KEY.flaw(at=at, what=f"the key {known}" + (" for all members" if everywhere else ""))


def parse_long_name(content: bytes, at: int) -> bytes:
    """GNU's long name: the name, a zero byte, nothing else."""
    name, zero, rest = content.partition(b"\0")
    if not zero or rest.strip(b"\0"):
        raise no.META_FORM.flaw(at=at, what="is not one name with a zero byte at its end")
    return name


def true_size(header: Header, records: dict[bytes, bytes]) -> int:
    """The member's size in bytes; the two places that can state it must agree (or the first had no room)."""
    stated = records.get(b"size")
    if stated is None:
        return header.size
    if not _SIZE.fullmatch(stated):
        raise no.META_FORM.flaw(at=header.at, what="has an unreadable size")
    size = int(stated)
    if size != header.size and not (size > FULL and header.size in {0, FULL}):
        raise no.PAX_SIZE.flaw(header.shown, header=header.size, pax=size)
    return size
