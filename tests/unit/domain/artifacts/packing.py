"""Archives made by hand, byte by byte, so that they can be as wrong as a test needs them."""

import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator

USTAR, GNU = b"ustar\x0000", b"ustar  \0"
END = bytes(1024)
MODEL = b"\x80\x04\x95model"
SCRIPT = b"def model_fn(model_dir): return 1\n"


def octal(number: int, width: int) -> bytes:
    return f"{number:0{width - 1}o}\0".encode()


def header(
    name: bytes = b"model.joblib",
    size: int = 0,
    kind: bytes = b"0",
    *,
    mode: bytes = octal(0o644, 8),
    magic: bytes = USTAR,
    prefix: bytes = b"",
    size_field: bytes | None = None,
    time_field: bytes = octal(1_700_000_000, 12),
    link: bytes = b"",
    tail: bytes = b"",
    checksum: Callable[[int], bytes] = lambda total: f"{total:06o}\0 ".encode(),
) -> bytes:
    parts = [
        name.ljust(100, b"\0"), mode, octal(0, 8), octal(0, 8), size_field or octal(size, 12), time_field,
        b" " * 8, kind, link.ljust(100, b"\0"), magic, bytes(80), prefix.ljust(155, b"\0"), tail.ljust(12, b"\0"),
    ]  # fmt: skip
    block = b"".join(parts)
    assert len(block) == 512, len(block)
    return block[:148] + checksum(sum(block)) + block[156:]


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def member(name: bytes = b"model.joblib", content: bytes = b"m", kind: bytes = b"0", **fields: object) -> bytes:
    return header(name, len(content), kind, **fields) + padded(content)  # type: ignore[arg-type]


def folder(name: bytes, **fields: object) -> bytes:
    return member(name, b"", b"5", **fields)


def record(key: bytes, value: bytes) -> bytes:
    """One pax record; its length counts itself."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + 1
    while len(str(length)) + len(rest) != length:
        length += 1
    return str(length).encode() + rest


def pax(*records: tuple[bytes, bytes], kind: bytes = b"x", name: bytes = b"PaxHeaders/model") -> bytes:
    return member(name, b"".join(record(*each) for each in records), kind)


def long_name(name: bytes) -> bytes:
    return member(b"././@LongLink", name + b"\0", b"L", magic=GNU)


def honest() -> bytes:
    """The members of an archive a scikit-learn host accepts, without the end."""
    return member(b"model.joblib", MODEL) + member(b"code/inference.py", SCRIPT)


def tgz(*parts: bytes, end: bytes = END, level: int = 6) -> bytes:
    return gzip.compress(b"".join(parts) + end, level, mtime=0)


def gz(
    plain: bytes,
    *,
    flags: int = 0,
    fields: bytes = b"",
    method: int = 8,
    crc: int | None = None,
    length: int | None = None,
) -> bytes:
    """A gzip member with any header and trailer."""
    deflate = zlib.compressobj(6, wbits=-15)
    body = deflate.compress(plain) + deflate.flush()
    trailer = struct.pack("<II", zlib.crc32(plain) if crc is None else crc, len(plain) if length is None else length)
    return bytes((0x1F, 0x8B, method, flags, 0, 0, 0, 0, 0, 255)) + fields + body + trailer


def packed(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT, *, folders: bool = False, dot: str = "") -> bytes:
    """What Python's own tarfile makes of these files."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", format=form) as archive:
        for name in _folders(files) if folders else ():
            entry = tarfile.TarInfo(dot + name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for name, content in files.items():
            entry = tarfile.TarInfo(dot + name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def _folders(files: dict[str, bytes]) -> Iterator[str]:
    parents = {name[:at] for name in files for at in range(len(name)) if name[at] == "/"}
    yield from sorted(parents)
