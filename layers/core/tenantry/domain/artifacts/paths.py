"""The name of a member: one spelling, inside the archive, that every reader and file system takes the same way."""

import re
import unicodedata
from collections.abc import Callable

from tenantry.domain.artifacts.checks import REPACK, Check, shown
from tenantry.domain.artifacts.values import Caps

RENAME = "rename it before packing"

UTF8 = Check(
    id="A301",
    name="name-utf-8",
    holds="A name is UTF-8.",
    message="the name of {member} is not UTF-8",
    fix=RENAME,
)
EMPTY = Check(
    id="A302",
    name="name-not-empty",
    holds="A file has a name.",
    message="{member} is in the archive",
    fix=REPACK,
)
ABSOLUTE = Check(
    id="A303",
    name="name-relative",
    holds="A name is relative.",
    message="{member} is an absolute path",
    fix=REPACK,
)
PARENT = Check(
    id="A304",
    name="no-parent",
    holds="No name climbs with `..`.",
    message="{member} climbs out of its folder with '..'",
    fix=REPACK,
)
DRIVE = Check(
    id="A305",
    name="no-drive",
    holds="No name begins with a drive letter.",
    message="{member} begins with a drive letter",
    fix=REPACK,
)
BACKSLASH = Check(
    id="A306",
    name="no-backslash",
    holds="No name holds a backslash.",
    message="{member} holds a backslash, which some systems read as a folder",
    fix="pack it with forward slashes",
)
PRINTABLE = Check(
    id="A307",
    name="name-printable",
    holds="No name holds control, format, private or unassigned characters, or line separators.",
    message="{member} holds a character that cannot be seen",
    fix=RENAME,
)
NFC = Check(
    id="A308",
    name="name-nfc",
    holds="A name is in Unicode's composed form (NFC).",
    message="{member} is not in Unicode's composed form (NFC)",
    fix=RENAME,
)
TIDY = Check(
    id="A309",
    name="name-tidy",
    holds="A name has no empty and no `.` component (one leading `./` apart).",
    message="{member} has an empty or a '.' component",
    fix=REPACK,
)
COMPONENT = Check(
    id="A310",
    name="component-length",
    holds="Each component of a name stays under the cap.",
    message="{member} has a component of more than {caps.component_bytes} bytes",
    fix=RENAME,
)
LENGTH = Check(
    id="A311",
    name="path-length",
    holds="A name stays under the cap as a whole.",
    message="{member} is longer than {caps.path_bytes:,} bytes",
    fix=RENAME,
)
DEPTH = Check(
    id="A312",
    name="depth",
    holds="Folders are not nested deeper than the cap.",
    message="{member} lies more than {caps.depth} levels deep",
    fix="pack it in fewer folders",
)
TRAILING = Check(
    id="A313",
    name="no-trailing-dot",
    holds="No component ends in a dot or a space.",
    message="{member} has a component that ends in a dot or a space, which some systems cut off",
    fix=RENAME,
)

_DRIVE = re.compile(r"[A-Za-z]:")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _unseen(path: str) -> bool:
    return not path.isprintable() and any(unicodedata.category(sign) in _UNSEEN for sign in path)


def _long_component(path: str, caps: Caps) -> bool:
    return any(len(part.encode()) > caps.component_bytes for part in path.split("/"))


RULES: tuple[tuple[Check, Callable[[str, Caps], bool]], ...] = (
    (EMPTY, lambda path, _: not path),
    (ABSOLUTE, lambda path, _: path.startswith("/")),
    (PARENT, lambda path, _: ".." in path.split("/")),
    (DRIVE, lambda path, _: bool(_DRIVE.match(path))),
    (BACKSLASH, lambda path, _: "\\" in path),
    (LENGTH, lambda path, caps: len(path.encode()) > caps.path_bytes),
    (PRINTABLE, lambda path, _: _unseen(path)),
    (NFC, lambda path, _: not unicodedata.is_normalized("NFC", path)),
    (TIDY, lambda path, _: not {"", "."}.isdisjoint(path.split("/"))),
    (COMPONENT, _long_component),
    (DEPTH, lambda path, caps: path.count("/") >= caps.depth),
    (TRAILING, lambda path, _: any(part.endswith((".", " ")) for part in path.split("/"))),
)
"""Each rule with the test that says it is broken; the first broken one is the finding."""

CHECKS = (UTF8, EMPTY, ABSOLUTE, PARENT, DRIVE, BACKSLASH, PRINTABLE, NFC, TIDY, COMPONENT, LENGTH, DEPTH, TRAILING)


def parse(name: bytes, *, folder: bool, caps: Caps) -> str:
    """The path under the archive's root, without `./` in front and `/` behind; empty for the root folder itself."""
    try:
        path = name.decode()
    except UnicodeDecodeError:
        raise UTF8.flaw(shown(name)) from None
    path = path.removeprefix("./")
    if folder:
        path = path.removesuffix("/")
        if path in {"", "."} and name in {b".", b"./"}:
            return ""
    for check, broken in RULES:
        if broken(path, caps):
            raise check.flaw(shown(name), caps=caps)
    return path
