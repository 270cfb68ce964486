"""Archives whose tar is wrong: headers, kinds, sizes, extensions, the end."""

# ruff: noqa: E501  (a row reads best on one line)

import gzip

from tests.unit.domain.artifacts.packing import (
    END,
    GNU,
    MODEL,
    folder,
    header,
    honest,
    long_name,
    member,
    octal,
    pax,
    record,
    tgz,
)  # fmt: skip
from tests.unit.domain.artifacts.rows import SMALL, Refused

BLOCK = bytes(512)
NEGATIVE = b"\xff" * 12


def of_kind(kind: bytes, says: str, attacks: str = "readers that act on it") -> Refused:
    body = tgz(honest(), member(b"odd", b"", kind, link=b"../../etc/passwd"))
    return Refused(f"kind {kind!r}", attacks, body, "A205", says)


HEADERS = (
    Refused("a gzipped pickle", "no archive inside", gzip.compress(MODEL + bytes(600)), "A201", "a bare pickle"),
    Refused("gzipped twice", "an honest mistake", gzip.compress(tgz(honest()) + bytes(512)), "A201", "compressed twice"),
    Refused("a gzipped zip", "the wrong tool", gzip.compress(b"PK\3\4" + bytes(600)), "A201", "a zip file"),
    Refused("gzipped text", "no archive inside", gzip.compress(b"0.1,0.2\n" * 99), "A201", "not a tar archive"),
    Refused("an old tar", "readers that guess", tgz(member(magic=bytes(8))), "A201", "an old tar format"),
    Refused("a mixed format", "readers that guess", tgz(honest(), member(b"x", magic=b"ustar\0\0\0")), "A202", "ustar, pax or GNU format"),
    Refused("a bad header in the middle", "readers that stop quietly", tgz(honest(), b"\1" * 512, honest()), "A202", "the header at byte 2,048"),
    Refused("a wrong sum", "readers that skip it", tgz(member(checksum=lambda n: f"{n + 1:06o}\0 ".encode())), "A203", "at byte 0 is wrong"),
    Refused("a signed sum", "two ways to add", tgz(member("é.txt".encode(), checksum=lambda n: f"{n - 512:06o}\0 ".encode())), "A203", "is wrong"),
    Refused("no sum", "readers that skip it", tgz(member(checksum=lambda _: b"zzzzzzzz")), "A203", "is wrong"),
    Refused("a size in words", "number parsing", tgz(member(size_field=b"0x00000010\0\0")), "A204", "an unreadable size"),
    Refused("a negative size", "endless loops", tgz(member(size_field=NEGATIVE)), "A204", "an unreadable size"),
    Refused("a signed octal", "number parsing", tgz(member(size_field=b"-0000000010\0")), "A204", "an unreadable size"),
    Refused("a size with a tail", "readers that stop at zero", tgz(member(size_field=b"1\0007777777777"[:12])), "A204", "an unreadable size"),
    Refused("an unreadable mode", "number parsing", tgz(member(mode=b"rw-r--r-")), "A204", "an unreadable mode"),
    Refused("an unreadable time", "number parsing", tgz(member(time_field=b"yesterday\0\0\0")), "A204", "an unreadable time"),
    of_kind(b"1", "a hard link"),
    of_kind(b"2", "a symbolic link", "reads and writes outside"),
    of_kind(b"3", "a character device"),
    of_kind(b"4", "a block device"),
    of_kind(b"6", "a pipe", "readers that wait for ever"),
    of_kind(b"7", "a contiguous file"),
    of_kind(b"S", "a sparse file", "a petabyte of nothing"),
    of_kind(b"K", "a long link name"),
    of_kind(b"M", "multi-volume"),
    of_kind(b"V", "a volume label"),
    of_kind(b"D", "a GNU folder dump"),
    of_kind(b"N", "an old GNU long name"),
    of_kind(b"X", "a Solaris extended header"),
    of_kind(b"Z", "of the unknown kind 'Z'"),
    of_kind(b"\xff", r"of the unknown kind '\xff'"),
    Refused("a link, then through it", "writes outside", tgz(member(b"code", b"", b"2", link=b"/tmp"), honest()), "A205", "--dereference"),
    Refused("a folder with data", "readers that skip differently", tgz(honest(), member(b"d/", b"hidden", b"5")), "A209", "6 bytes of data"),
    Refused("a file named as folder", "readers that trust the slash", tgz(honest(), member(b"d/", b"x")), "A210", "named like a folder"),
    Refused("an old file named as folder", "CVE-2025-13462", tgz(long_name(b"n" * 120), member(b"d/", b"x", b"\0", magic=GNU)), "A210", "named like a folder"),
    Refused("setuid", "rights behind us", tgz(honest(), member(b"tool", mode=octal(0o4755, 8))), "A211", "the mode 4755"),
    Refused("setgid file", "rights behind us", tgz(honest(), member(b"tool", mode=octal(0o2755, 8))), "A211", "the mode 2755"),
    Refused("sticky", "rights behind us", tgz(honest(), folder(b"d/", mode=octal(0o1777, 8))), "A211", "chmod"),
    Refused("GNU with a prefix", "two readings of a name", tgz(honest(), member(b"x", magic=GNU, prefix=b"../..")), "A213", "part of its name"),
)  # fmt: skip

ENDS = (
    Refused("no tar at all", "an empty gzip", gzip.compress(b""), "A206", "breaks off after 0 bytes"),
    Refused("half a header", "a cut archive", tgz(honest(), header()[:300], end=b""), "A206", "breaks off"),
    Refused("half a file", "a cut archive", tgz(honest(), header(b"x", 9999), b"only this", end=b""), "A206", "breaks off after"),
    Refused("no padding", "a cut archive", tgz(header(size=9), b"only this", end=b""), "A206", "breaks off"),
    Refused("no end mark", "readers that wait for more", tgz(honest(), end=b""), "A206", "breaks off after 2,048 bytes"),
    Refused("half an end mark", "a cut archive", tgz(honest(), end=BLOCK), "A206", "breaks off"),
    Refused("a lone zero block", "members some do not see", tgz(honest(), BLOCK, member(b"unseen")), "A207", "at byte 2,048"),
    Refused("an archive behind the end", "members some do not see", tgz(honest(), END, member(b"unseen")), "A208", "bytes follow the end"),
    Refused("text behind the end", "hidden data", tgz(honest(), END, b"hidden"), "A208", "bytes follow the end"),
    Refused("many zeros behind the end", "time", tgz(honest(), end=bytes(30_000)), "A208", "20,480 zero bytes", caps=SMALL),
    Refused("an empty archive", "an honest mistake", tgz(), "A215", "holds no file"),
    Refused("folders only", "an honest mistake", tgz(folder(b"./"), folder(b"code/")), "A215", "holds no file"),
    Refused("many members", "time and inodes", tgz(honest(), *(member(b"%d.txt" % n, b"") for n in range(30))), "A212", "more than 20 files", caps=SMALL),
    Refused("many implied folders", "inodes", tgz(honest(), member(b"/".join([b"d"] * 30) + b"/f")), "A212", "more than 20 files", caps=SMALL),
    Refused("many roots", "time", tgz(honest(), folder(b"./") * 30), "A314", "is in the archive twice", caps=SMALL),
)  # fmt: skip

EXTENSIONS = (
    Refused("a huge pax header", "memory", tgz(member(b"p", bytes(70_000), b"x"), honest()), "A221", "70,000 bytes"),
    Refused("a declared huge long name", "memory", tgz(header(b"L", 2**32, b"L", magic=GNU)), "A221", "cap of 65,536"),
    Refused("a pax length too long", "pax parsing", tgz(member(b"p", b"99 path=x\n", b"x"), honest()), "A222", "a malformed record"),
    Refused("a pax length too short", "pax parsing", tgz(member(b"p", b"5 path=x\n", b"x"), honest()), "A222", "a malformed record"),
    Refused("a pax length of zero", "endless loops", tgz(member(b"p", b"0 path=x\n", b"x"), honest()), "A222", "a malformed record"),
    Refused("a negative pax length", "endless loops", tgz(member(b"p", b"-9 path=x\n", b"x"), honest()), "A222", "a malformed record"),
    Refused("no pax key", "pax parsing", tgz(pax((b"", b"x")), honest()), "A222", "a malformed record"),
    Refused("pax junk", "pax parsing", tgz(member(b"p", b"\xff" * 40, b"x"), honest()), "A222", "a malformed record"),
    Refused("zeros behind pax", "hidden data", tgz(member(b"p", record(b"path", b"x") + bytes(9), b"x"), honest()), "A222", "malformed"),
    Refused("a doubled pax key", "first or last wins", tgz(pax((b"path", b"a"), (b"path", b"../b")), honest()), "A222", "says path twice"),
    Refused("an unreadable pax size", "number parsing", tgz(pax((b"size", b"1e3")), honest()), "A222", "an unreadable size"),
    Refused("a pax size of fancy digits", "number parsing", tgz(pax((b"size", "\u0661".encode())), honest()), "A222", "an unreadable size"),
    Refused("a long name with a tail", "hidden data", tgz(member(b"L", b"a\0b\0", b"L", magic=GNU), honest()), "A222", "is not one name"),
    Refused("a long name without end", "long name parsing", tgz(member(b"L", b"abc", b"L", magic=GNU), honest()), "A222", "is not one name"),
    Refused("many pax records", "time", tgz(pax(*((b"SCHILY.xattr.user.%d" % n, b"") for n in range(9))), honest()), "A223", "more than 8 records", caps=SMALL),
    Refused("pax sparse", "a petabyte of nothing", tgz(pax((b"GNU.sparse.realsize", b"9" * 15)), honest()), "A224", "a sparse file"),
    Refused("pax linkpath", "a link by the back door", tgz(pax((b"linkpath", b"/etc")), honest()), "A224", "'linkpath'"),
    Refused("pax charset", "names in two encodings", tgz(pax((b"hdrcharset", b"BINARY")), honest()), "A224", "'hdrcharset'"),
    Refused("pax capability", "rights behind us", tgz(pax((b"SCHILY.xattr.security.capability", b"x")), honest()), "A224", "SCHILY.xattr.security"),
    Refused("a global path", "one name for all members", tgz(pax((b"path", b"x"), kind=b"g"), honest()), "A224", "for all members"),
    Refused("a global size", "one size for all members", tgz(pax((b"size", b"0"), kind=b"g"), honest()), "A224", "for all members"),
    Refused("two global headers", "time", tgz(pax((b"comment", b"x"), kind=b"g") * 2, honest()), "A225", "another global one"),
    Refused("two pax headers", "first or last wins", tgz(pax((b"path", b"a")), pax((b"path", b"b")), honest()), "A225", "another extended header"),
    Refused("pax and long name", "first or last wins", tgz(pax((b"path", b"a")), long_name(b"b"), honest()), "A225", "another extended header"),
    Refused("a pax header at the end", "state left over", tgz(honest(), pax((b"path", b"a"))), "A225", "followed by the end"),
    Refused("a global header at the end", "state left over", tgz(honest(), pax((b"comment", b"a"), kind=b"g")), "A225", "followed by the end"),
    Refused("two sizes", "readers that skip differently", tgz(pax((b"size", b"512")), member(b"m", b"x"), member(b"n", b"x")), "A226", "512 in its pax header"),
    Refused("a giant pax size beside a small one", "readers that skip differently", tgz(pax((b"size", b"8589934592")), member(b"m", b"x")), "A226", "8,589,934,592"),
    Refused("a giant pax size", "readers that make room first", tgz(pax((b"size", b"9" * 20)), header(b"m")), "A111", "unpacks to more"),
    Refused("a hidden climbing name", "readers without pax", tgz(pax((b"path", b"ok")), member(b"../../evil")), "A214", "'../../evil'"),
    Refused("a climbing pax header", "readers without pax", tgz(pax((b"path", b"ok"), name=b"/etc/cron.d/x"), honest()), "A214", "'/etc/cron.d/x'"),
    Refused("a hidden absolute name", "readers without GNU", tgz(long_name(b"ok"), member(b"/etc/passwd", magic=GNU)), "A214", "'/etc/passwd'"),
)  # fmt: skip

ROWS = HEADERS + ENDS + EXTENSIONS
