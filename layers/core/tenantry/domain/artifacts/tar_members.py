"""The members of a tar archive, one after the other, as its headers come by."""

from collections.abc import Iterator
from dataclasses import dataclass

from tenantry.domain.artifacts import gzip_checks, paths
from tenantry.domain.artifacts import tar_checks as no
from tenantry.domain.artifacts.checks import shown
from tenantry.domain.artifacts.places import Places
from tenantry.domain.artifacts.plain import Plain
from tenantry.domain.artifacts.tar_header import (
    BLOCK,
    FOLDER,
    GNU_LONG_NAME,
    OLD_FILE,
    PAX,
    PAX_GLOBAL,
    ZERO,
    Header,
    check_hidden,
    parse_header,
)
from tenantry.domain.artifacts.tar_meta import parse_long_name, parse_pax, true_size
from tenantry.domain.artifacts.values import Caps

SETUID_STICKY, SETGID = 0o5000, 0o2000


@dataclass(frozen=True, slots=True)
class Member:
    """A file or folder that passed every rule of form; `path` is relative, without `./`."""

    path: str
    size: int
    folder: bool


class TarMembers:
    """Iterate to get each Member with its content (blocks; what is not read is skipped)."""

    def __init__(self, plain: Plain, caps: Caps) -> None:
        self._plain = plain
        self._caps = caps
        self._places = Places(caps)

    def __iter__(self) -> Iterator[tuple[Member, Iterator[memoryview]]]:
        while header := self._next_header():
            if header.kind == PAX_GLOBAL:
                header = self._after_global(header)
            name, records = None, {}
            if header.kind == PAX:
                records = parse_pax(self._meta(header), header.at, self._caps)
                name, header = records.get(b"path"), self._its_member(header)
            elif header.kind == GNU_LONG_NAME:
                name, header = parse_long_name(self._meta(header), header.at), self._its_member(header)
            yield from self._member(header, header.name if name is None else name, true_size(header, records))
        self._read_tail()

    def _member(self, header: Header, name: bytes, size: int) -> Iterator[tuple[Member, Iterator[memoryview]]]:
        folder = header.kind == FOLDER
        _check_form(header, name, size, folder=folder)
        path = paths.parse(name, folder=folder, caps=self._caps)
        self._places.add(path, folder=folder)
        if self._plain.at + size > self._caps.plain_bytes:
            raise gzip_checks.PLAIN.flaw(cap=self._caps.plain_bytes)
        content = self._content(size)
        yield Member(path, size, folder), content
        for _ in content:
            pass

    def _next_header(self) -> Header | None:
        """The next header, or `None` at the end mark."""
        at = self._plain.at
        block = self._block()
        if block != ZERO:
            return parse_header(block, at)
        if self._block() != ZERO:
            raise no.LONE_ZERO.flaw(at=at)
        return None

    def _after_global(self, meta: Header) -> Header:
        check_hidden(meta)
        parse_pax(self._meta(meta), meta.at, self._caps, everywhere=True)
        header = self._next_header()
        if header is None or header.kind == PAX_GLOBAL:
            raise no.META_ORDER.flaw(at=meta.at, what="another global one" if header else "the end")
        return header

    def _its_member(self, meta: Header) -> Header:
        header = self._next_header()
        if header is None or header.kind in {PAX, PAX_GLOBAL, GNU_LONG_NAME}:
            raise no.META_ORDER.flaw(at=meta.at, what="another extended header" if header else "the end")
        check_hidden(meta)
        check_hidden(header)
        return header

    def _meta(self, header: Header) -> bytes:
        if header.size > self._caps.meta_bytes:
            raise no.META_SIZE.flaw(at=header.at, size=header.size, cap=self._caps.meta_bytes)
        return b"".join(self._content(header.size))

    def _content(self, size: int) -> Iterator[memoryview]:
        """`size` bytes in blocks, and the padding behind them."""
        end = self._plain.at + size
        yield from self._plain.stream(size)
        if self._plain.at < end or len(self._plain.take(-size % BLOCK)) < -size % BLOCK:
            raise no.CUT_SHORT.flaw(at=self._plain.at)

    def _block(self) -> bytes:
        block = self._plain.take(BLOCK)
        if len(block) < BLOCK:
            raise no.CUT_SHORT.flaw(at=self._plain.at)
        return block

    def _read_tail(self) -> None:
        end = self._plain.at
        for block in self._plain.stream():
            if bytes(block).strip(b"\0"):
                raise no.AFTER_END.flaw(what="bytes", at=end)
            if self._plain.at - end > self._caps.tail_bytes:
                raise no.AFTER_END.flaw(what=f"more than {self._caps.tail_bytes:,} zero bytes", at=end)


def _check_form(header: Header, name: bytes, size: int, *, folder: bool) -> None:
    if folder and size:
        raise no.FOLDER_SIZE.flaw(shown(name), size=size)
    if not folder and (name.endswith(b"/") or (header.kind == OLD_FILE and header.name.endswith(b"/"))):
        raise no.FILE_SLASH.flaw(shown(name))
    if header.mode & SETUID_STICKY or (header.mode & SETGID and not folder):
        raise no.MODE.flaw(shown(name), mode=header.mode)
