"""gzip, read by RFC 1952 in bounded memory: header, deflate, check sum, next member, nothing else."""

import zlib
from collections.abc import Iterable, Iterator

from tenantry.domain.artifacts import gzip_checks as no
from tenantry.domain.artifacts.checks import Flaw
from tenantry.domain.artifacts.values import Caps

OUTPUT = 256 * 2**10
"""Plain bytes made at a time, whatever the ratio."""
MAGIC = b"\x1f\x8b"
DEFLATE = 8
HCRC, EXTRA, NAME, COMMENT, RESERVED = 0x02, 0x04, 0x08, 0x10, 0xE0

LOOKS_LIKE = (
    (b"PK", "a zip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf", "a 7z file"),
    (b"\x80", "a bare pickle"),
    (b"\x89HDF", "a bare HDF5 file"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
)


class Gunzip:
    """The plain bytes of a gzip body, in blocks of at most OUTPUT bytes; a Flaw at the first thing wrong."""

    def __init__(self, pieces: Iterable[bytes], caps: Caps) -> None:
        self.taken = 0
        self.given = 0
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")
        self._caps = caps

    def __iter__(self) -> Iterator[bytes]:
        if not self._fill():
            raise no.EMPTY.flaw()
        for count in range(self._caps.gzip_members):
            self._header(first=count == 0)
            yield from self._member()
            if not self._fill():
                return
        raise no.MANY_MEMBERS.flaw(cap=self._caps.gzip_members)

    def _fill(self) -> bool:
        """Whether there is another compressed byte."""
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        return bool(self._rest)

    def _take(self, count: int) -> bytes:
        """Exactly `count` compressed bytes."""
        taken = b""
        while len(taken) < count:
            if not self._fill():
                raise no.CUT_SHORT.flaw(at=self.taken)
            taken += self._advance(count - len(taken))
        return taken

    def _advance(self, count: int) -> bytes:
        taken, self._rest = bytes(self._rest[:count]), self._rest[count:]
        self.taken += len(taken)
        if self.taken > self._caps.packed_bytes:
            raise no.PACKED.flaw(cap=self._caps.packed_bytes)
        return taken

    def _header(self, *, first: bool) -> None:
        at = self.taken
        head = self._take(1)
        if head == MAGIC[:1]:
            head += self._take(1)
        if head != MAGIC:
            raise self._foreign(head) if first else no.TRAILING.flaw(at=at)
        fixed = MAGIC + self._take(8)
        method, flags = fixed[2], fixed[3]
        if method != DEFLATE or flags & RESERVED:
            raise no.HEADER.flaw(at=at, what="an unknown method" if method != DEFLATE else "reserved flags")
        fields = self._fields(flags, at)
        crc = zlib.crc32(fixed + fields) & 0xFFFF
        if flags & HCRC and self._take(2) != crc.to_bytes(2, "little"):
            raise no.HEADER.flaw(at=at, what="a wrong check sum")

    def _foreign(self, head: bytes) -> Flaw:
        start = head + bytes(self._rest[:512])
        if start[257:262] == b"ustar":
            return no.NOT_GZIP.flaw(what="a tar archive without compression")
        guesses = (what for magic, what in LOOKS_LIKE if start.startswith(magic))
        return no.NOT_GZIP.flaw(what=next(guesses, "something else"))

    def _fields(self, flags: int, at: int) -> bytes:
        """The optional fields, as they lie: extra, name, comment."""
        fields = b""
        if flags & EXTRA:
            length = self._take(2)
            fields = length + self._take(min(int.from_bytes(length, "little"), self._caps.gzip_header_bytes + 1))
        for _ in range(bool(flags & NAME) + bool(flags & COMMENT)):
            fields += self._text(at, self._caps.gzip_header_bytes - len(fields))
        if len(fields) > self._caps.gzip_header_bytes:
            raise no.HEADER_SIZE.flaw(at=at, cap=self._caps.gzip_header_bytes)
        return fields

    def _text(self, at: int, room: int) -> bytes:
        """A field up to and with its zero byte."""
        text = b""
        while len(text) <= room:
            if not self._fill():
                raise no.CUT_SHORT.flaw(at=self.taken)
            end = bytes(self._rest[: room + 1]).find(b"\0")
            text += self._advance(end + 1 or room + 1)
            if end >= 0:
                return text
        raise no.HEADER_SIZE.flaw(at=at, cap=self._caps.gzip_header_bytes)

    def _member(self) -> Iterator[bytes]:
        """One member's plain bytes; its CRC and length are checked before this ends."""
        inflate, crc, length = zlib.decompressobj(-zlib.MAX_WBITS), 0, 0
        while not inflate.eof:
            if plain := self._inflated(inflate):
                crc, length = zlib.crc32(plain, crc), length + len(plain)
                yield plain
        if self._take(4) != crc.to_bytes(4, "little"):
            raise no.CHECKSUM.flaw(what="CRC")
        if self._take(4) != (length & 0xFFFFFFFF).to_bytes(4, "little"):
            raise no.CHECKSUM.flaw(what="length")

    def _inflated(self, inflate: "zlib._Decompress") -> bytes:
        if not self._fill():
            raise no.CUT_SHORT.flaw(at=self.taken)
        try:
            plain = inflate.decompress(self._rest, OUTPUT)
        except zlib.error:
            raise no.CORRUPT.flaw(at=self.taken) from None
        left = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        self._advance(len(self._rest) - len(left))
        self.given += len(plain)
        self._check_caps()
        return plain

    def _check_caps(self) -> None:
        if self.given > self._caps.plain_bytes:
            raise no.PLAIN.flaw(cap=self._caps.plain_bytes)
        if self.given > max(self._caps.ratio_after, self._caps.ratio * self.taken):
            raise no.RATIO.flaw(cap=self._caps.ratio, plain=self.given)
