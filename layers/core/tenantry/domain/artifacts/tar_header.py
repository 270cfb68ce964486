"""One tar header: 512 bytes read strictly, by POSIX ustar and the GNU manual."""

import re
from dataclasses import dataclass

from tenantry.domain.artifacts import tar_checks as no
from tenantry.domain.artifacts.checks import shown

BLOCK = 512
ZERO = bytes(BLOCK)
USTAR, GNU = b"ustar\x0000", b"ustar  \0"
FILE, OLD_FILE, FOLDER, PAX, PAX_GLOBAL, GNU_LONG_NAME = b"0", b"\0", b"5", b"x", b"g", b"L"
FULL = 8**11 - 1
"""The largest size eleven octal digits can say."""

REFUSED = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a pipe",
    b"7": "a contiguous file",
    b"D": "a GNU folder dump",
    b"K": "a long link name",
    b"M": "a part of a multi-volume archive",
    b"N": "an old GNU long name",
    b"S": "a sparse file",
    b"V": "a volume label",
    b"X": "a Solaris extended header",
}
_OCTAL = re.compile(rb" *([0-7]*)[ \0]*")
_CLIMBS = re.compile(rb"/|(?:.*/)?\.\.(?:/|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says. `name` is raw, `size` in bytes, `at` its offset in the plain archive."""

    at: int
    name: bytes
    size: int
    mode: int
    kind: bytes

    @property
    def shown(self) -> str:
        """The name, fit for a sentence."""
        return shown(self.name)


def parse_header(block: bytes, at: int) -> Header:
    """The header in this block; a Flaw when it is none, or one that readers could understand differently."""
    _check_format(block, at)
    name, kind = _text(block[:100]), block[156:157]
    _check_kind(name, kind)
    for field, where in (("owner", slice(108, 116)), ("group", slice(116, 124)), ("time", slice(136, 148))):
        _number(block[where], field, name)
    return Header(
        at=at,
        name=_with_prefix(name, block),
        size=_number(block[124:136], "size", name),
        mode=_number(block[100:108], "mode", name),
        kind=kind,
    )


def check_hidden(header: Header) -> None:
    """A Flaw when a name that is not the member's real one points outside: a simpler reader would follow it."""
    if _CLIMBS.match(header.name):
        raise no.HIDDEN_NAME.flaw(header.shown)


def _check_format(block: bytes, at: int) -> None:
    if block[257:265] not in {USTAR, GNU}:
        raise no.FORMAT.flaw(at=at) if at else no.NOT_TAR.flaw(what=_guess(block))
    stated = _OCTAL.fullmatch(block[148:156])
    unsigned = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    if not stated or int(stated[1] or b"0", 8) != unsigned:
        raise no.HEADER_SUM.flaw(at=at)


def _guess(block: bytes) -> str:
    if block.startswith(b"\x1f\x8b"):
        return "another gzip (it was compressed twice)"
    if block.startswith(b"PK"):
        return "a zip file"
    if block.startswith(b"\x80"):
        return "a bare pickle"
    return "a bare file or an old tar format"


def _with_prefix(name: bytes, block: bytes) -> bytes:
    if block[257:265] == GNU:
        if block[345:] != ZERO[345:]:
            raise no.GNU_PREFIX.flaw(shown(name))
        return name
    prefix = _text(block[345:500])
    return prefix + b"/" + name if prefix else name


def _text(field: bytes) -> bytes:
    return field.split(b"\0", 1)[0]


def _number(field: bytes, what: str, name: bytes) -> int:
    """Octal, or GNU's base 256; only times may lie before 1970."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:])
    if field[0] == 0xFF and what == "time":
        return 0
    if octal := _OCTAL.fullmatch(field):
        return int(octal[1] or b"0", 8)
    raise no.NUMBER.flaw(shown(name), field=what)


def _check_kind(name: bytes, kind: bytes) -> None:
    if kind not in {FILE, OLD_FILE, FOLDER, PAX, PAX_GLOBAL, GNU_LONG_NAME}:
        code = ascii(kind.decode("latin-1"))
        raise no.KIND.flaw(shown(name), what=REFUSED.get(kind, f"of the unknown kind {code}"))
