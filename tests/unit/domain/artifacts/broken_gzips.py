"""Archives whose gzip is wrong."""

# ruff: noqa: E501  (a row reads best on one line)

import gzip
import random

from tests.unit.domain.artifacts.packing import END, GNU, gz, honest, member, padded, tgz
from tests.unit.domain.artifacts.rows import SMALL, Refused

PLAIN = honest() + END
GOOD = gz(PLAIN)
NOISE = random.Random(1).randbytes(150_000)

ROWS = (
    Refused("no bytes", "an upload that failed", b"", "A101", "the object is empty"),
    Refused("a zip", "the wrong tool", b"PK\x03\x04" + bytes(100), "A102", "is a zip file"),
    Refused("a bzip2", "the wrong tool", b"BZh91AY&SY", "A102", "a bzip2 file"),
    Refused("an xz", "the wrong tool", b"\xfd7zXZ\0\0", "A102", "an xz file"),
    Refused("a zstd", "the wrong tool", b"\x28\xb5\x2f\xfd\0", "A102", "a zstd file"),
    Refused("a plain tar", "tar without z", PLAIN, "A102", "a tar archive without compression"),
    Refused("a bare pickle", "no archive at all", b"\x80\x04\x95\0", "A102", "a bare pickle"),
    Refused("an error page", "a download that failed", b"<?xml version='1.0'?>", "A102", "a web page or XML"),
    Refused("one byte", "half the magic number", b"\x1f", "A105", "breaks off after 1 bytes"),
    Refused("a wrong second byte", "half the magic number", b"\x1f\x9d\x90", "A102", "not a gzip archive"),
    Refused("a header only", "a cut upload", GOOD[:10], "A105", "breaks off after 10 bytes"),
    Refused("half a gzip header", "a cut upload", GOOD[:7], "A105", "breaks off"),
    Refused("half the data", "a cut upload", GOOD[: len(GOOD) // 2], "A105", "compare the sizes"),
    Refused("no trailer", "a cut upload", GOOD[:-8], "A105", "breaks off"),
    Refused("half a trailer", "a cut upload", GOOD[:-3], "A105", "breaks off"),
    Refused("an unknown method", "readers that ignore it", gz(PLAIN, method=7), "A103", "an unknown method"),
    Refused("reserved flags", "readers that ignore them", gz(PLAIN, flags=0x20), "A103", "reserved flags"),
    Refused("a wrong header sum", "readers that ignore it", gz(PLAIN, flags=2, fields=b"xx"), "A103", "wrong check sum"),
    Refused("a long name", "memory", gz(PLAIN, flags=8, fields=b"n" * 5000 + b"\0"), "A104", "4,096 bytes"),
    Refused("a name without end", "memory", gz(b"", flags=8, fields=b"n" * 70_000), "A104", "4,096 bytes"),
    Refused("a long comment", "memory", gz(PLAIN, flags=16, fields=b"c" * 4096 + b"\0"), "A104", "gzip -n"),
    Refused("a long extra", "memory", gz(PLAIN, flags=4, fields=b"\xff\xff" + bytes(65_535)), "A104", "4,096"),
    Refused("name and comment", "memory, in two parts", gz(PLAIN, flags=24, fields=(b"n" * 3000 + b"\0") * 2), "A104", "4,096"),
    Refused("corrupt data", "the inflater", GOOD[:12] + b"\xff" * 40 + GOOD[52:], "A106", "corrupt near byte"),
    Refused("a reserved block", "the inflater", GOOD[:10] + b"\x07" + GOOD[11:], "A106", "corrupt"),
    Refused("a far distance", "the inflater's window", GOOD[:10] + b"\x4b\x04\xf2" + GOOD[13:], "A106", "corrupt"),
    Refused("a wrong CRC", "readers that stop early", gz(PLAIN, crc=1), "A107", "the CRC at the end"),
    Refused("a wrong length", "readers that stop early", gz(PLAIN, length=1), "A107", "the length at the end"),
    Refused("junk behind", "readers that stop early", GOOD + b"junk", "A108", f"at byte {len(GOOD)}"),
    Refused("zeros behind", "readers that stop early", GOOD + bytes(512), "A108", "follow the archive"),
    Refused("a zip behind", "a file that is two things", GOOD + b"PK\x03\x04" + bytes(40), "A108", "no gzip"),
    Refused("half a second member", "a cut upload", GOOD + GOOD[:5], "A105", "breaks off"),
    Refused("a second archive", "readers that stop at the first end", GOOD + GOOD, "A208", "do not concatenate"),
    Refused("many gzip members", "time per member", GOOD + gzip.compress(b"") * 9, "A109", "more than 4 gzip members", caps=SMALL),
    Refused("too large packed", "time", tgz(member(b"m", NOISE) + member(b"n", NOISE[::-1])), "A110", "200,000 bytes", caps=SMALL),
    Refused("too large plain", "memory behind us", gz(padded(b"")+honest() + member(b"big", NOISE * 7) + END), "A111", "1,000,000 bytes", caps=SMALL),
    Refused("a declared giant", "readers that make room first", tgz(member(b"big", b"", size_field=b"\x80" + bytes(3) + b"\x7f" * 8, magic=GNU)), "A111", "21,474,836,480 bytes"),
    Refused("a bomb", "disk and time behind us", tgz(honest(), member(b"zero", bytes(600_000))), "A112", "20 times its size", caps=SMALL),
    Refused("a bomb behind the end", "readers that read on", tgz(honest(), end=bytes(900_000)), "A112", "20 times its size", caps=SMALL),
)  # fmt: skip
