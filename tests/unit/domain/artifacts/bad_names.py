"""Archives with a name that is dangerous, ambiguous or taken."""

# ruff: noqa: E501  (a row reads best on one line)

from tests.unit.domain.artifacts.packing import folder, honest, long_name, member, pax, tgz
from tests.unit.domain.artifacts.rows import Refused


def named(what: str, name: str | bytes, check: str, says: str, attacks: str) -> Refused:
    raw = name.encode() if isinstance(name, str) else name
    return Refused(what, attacks, tgz(honest(), pax((b"path", raw)), member(b"m")), check, says)


def both(what: str, one: bytes, other: bytes, check: str = "A314", says: str = "is in the archive twice") -> Refused:
    return Refused(what, "the last one wins", tgz(honest(), one, other), check, says)


CLIMBING = (
    Refused("traversal", "writes outside", tgz(honest(), member(b"../../etc/passwd")), "A304", "'../../etc/passwd' climbs out"),
    Refused("traversal in a prefix", "writes outside", tgz(honest(), member(b"x", prefix=b"../..")), "A304", "'../../x'"),
    Refused("traversal in a folder", "writes outside", tgz(honest(), folder(b"a/../../b/")), "A304", "climbs out"),
    Refused("traversal in a long name", "writes outside", tgz(long_name(b"../" * 50 + b"x"), member(b"x")), "A304", "climbs out"),
    named("traversal in pax", "a/../../b", "A304", "'a/../../b'", "writes outside"),
    named("leaves and returns", "../model/x", "A304", "climbs out", "CVE-2026-19672"),
    named("ends in two dots", "a/..", "A304", "climbs out", "writes outside"),
    named("absolute", "/etc/passwd", "A303", "an absolute path", "writes outside"),
    named("two slashes", "//server/share", "A303", "an absolute path", "writes outside"),
    named("dot, then absolute", ".//etc/passwd", "A303", "an absolute path", "writes outside"),
    named("a drive", "C:/windows/x", "A305", "a drive letter", "writes outside, on Windows"),
    named("backslashes", "a\\..\\..\\b", "A306", "a backslash", "writes outside, on Windows"),
)  # fmt: skip

UNCLEAR = (
    named("latin-1", b"mod\xe9le.joblib", "A301", "mod\\xe9le.joblib' is not UTF-8", "readers that guess"),
    named("a surrogate", b"a\xed\xa0\x80b", "A301", "is not UTF-8", "readers that guess"),
    named("an overlong slash", b"a\xc0\xafb", "A301", "is not UTF-8", "readers that decode it"),
    named("no name", b"", "A302", "a member without a name", "readers that crash"),
    Refused("an empty header name", "readers that crash", tgz(member(b"", b"x")), "A302", "without a name"),
    named("a newline", "a\nb", "A307", "'a\\nb' holds a character", "logs"),
    named("an escape sequence", "a\x1b[2Jb", "A307", "'a\\x1b[2Jb'", "terminals"),
    named("a zero byte", "model.joblib\0.exe", "A307", "cannot be seen", "readers that stop at zero"),
    named("right to left", "model\u202egnp.py", "A307", "\\u202e", "eyes"),
    named("zero width", "mo\u200bdel.joblib", "A307", "cannot be seen", "eyes"),
    named("a line separator", "a\u2028b", "A307", "cannot be seen", "logs"),
    named("private use", "a\ue000b", "A307", "cannot be seen", "fonts"),
    named("decomposed", "mode\u0301le.joblib", "A308", "composed form", "two spellings of one name"),
    named("an empty component", "a//b", "A309", "an empty or a '.' component", "two spellings of one name"),
    named("a dot component", "a/./b", "A309", "an empty or a '.' component", "two spellings of one name"),
    named("two leading dots", "././b", "A309", "an empty or a '.' component", "two spellings of one name"),
    Refused("a file called dot", "readers that overwrite the folder", tgz(member(b".", b"x")), "A309", "'.' component"),
    named("a long component", "n" * 256, "A310", "more than 255 bytes", "file systems"),
    named("a long component in bytes", "é" * 128, "A310", "more than 255 bytes", "file systems"),
    named("a long path", "/".join(["n" * 100] * 11), "A311", "longer than 1,024 bytes", "CVE-2025-4517"),
    named("deep folders", "/".join("d" * 50), "A312", "more than 48 levels", "stacks"),
    named("a trailing dot", "a./b", "A313", "ends in a dot or a space", "two spellings of one name"),
    named("a trailing space", "model.joblib ", "A313", "ends in a dot or a space", "two spellings of one name"),
    named("three dots", "a/.../b", "A313", "ends in a dot or a space", "readers that climb"),
)  # fmt: skip

TAKEN = (
    both("twice the same", member(b"a.txt"), member(b"a.txt")),
    both("twice with a dot", member(b"a.txt"), member(b"./a.txt")),
    both("twice a folder", folder(b"d/"), folder(b"d/")),
    both("two cases", member(b"A.txt"), member(b"a.txt")),
    both("two cases of a folder", member(b"D/a.txt"), member(b"d/b.txt")),
    both("a ligature", member("ﬁle".encode()), member(b"file")),
    both("full width", member("\uff41.txt".encode()), member(b"a.txt")),
    both("a sharp s", member("maß".encode()), member(b"mass")),
    both("the angstrom sign", member("\u212b".encode()), member("å".encode()), "A308", "composed form"),
    both("a file, then in it", member(b"d"), member(b"d/x"), "A315", "both a file and a folder"),
    both("in it, then a file", member(b"d/x"), member(b"d"), "A315", "both a file and a folder"),
    both("a folder, then a file", folder(b"d/"), member(b"d"), "A315", "both a file and a folder"),
    both("a file, then a folder", member(b"d"), folder(b"d/"), "A315", "both a file and a folder"),
)

ROWS = CLIMBING + UNCLEAR + TAKEN
