"""Where members lie: no two in one place, and no file where a folder is, on any file system."""

import hashlib
import unicodedata
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache

from tenantry.domain.artifacts import tar_checks
from tenantry.domain.artifacts.checks import Check, shown
from tenantry.domain.artifacts.values import Caps

TWICE = Check(
    id="A314",
    name="unique",
    holds="No two members have one name, also where case and Unicode look-alikes are not told apart.",
    message="{member} is in the archive twice, or beside a name that differs in case or look-alikes only",
    fix="pack each file once, under names that differ in more than case",
)
FILE_AND_FOLDER = Check(
    id="A315",
    name="file-or-folder",
    holds="No member is both a file and a folder.",
    message="{member} is both a file and a folder",
    fix="rename one of them before packing",
)
CHECKS = (TWICE, FILE_AND_FOLDER)

ROOM = 16
"""Bytes of digest per place: a digest, not the name, so that long names cost no memory."""


class _What(IntEnum):
    FILE = 0
    FOLDER = 1
    IMPLIED = 2  # a folder that a longer name speaks of; its own entry may still come


class Places:
    """Every place taken so far, as digest → (digest of the spelling, what lies there)."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._taken: dict[bytes, tuple[bytes, _What]] = {}

    def add(self, path: str, *, folder: bool) -> None:
        """Take the place of `path`, and of the folders above it; a Flaw when one is taken otherwise."""
        places = list(_digests(path))
        for place in places[:-1]:
            self._take(*place, _What.IMPLIED, path)
        self._take(*places[-1], _What.FOLDER if folder else _What.FILE, path)

    def _take(self, place: bytes, spelling: bytes, what: _What, path: str) -> None:
        known = self._taken.get(place)
        if known is None or (known == (spelling, _What.IMPLIED) and what == _What.FOLDER):
            self._taken[place] = (spelling, what)
        elif (known[1] == _What.FILE) != (what == _What.FILE):
            raise FILE_AND_FOLDER.flaw(shown(path.encode()))
        elif known[0] != spelling or what != _What.IMPLIED:
            raise TWICE.flaw(shown(path.encode()))
        if len(self._taken) > self._caps.members:
            raise tar_checks.MANY.flaw(cap=self._caps.members)


def _digests(path: str) -> Iterator[tuple[bytes, bytes]]:
    """For the root, each folder on the way and the path itself: digest when folded, digest as spelled."""
    folded, spelled = (hashlib.blake2b(digest_size=ROOM) for _ in range(2))
    yield folded.digest(), spelled.digest()
    for part in path.split("/") if path else ():
        folded.update(f"{_fold(part)}/".encode())
        spelled.update(f"{part}/".encode())
        yield folded.digest(), spelled.digest()


@lru_cache(maxsize=256)  # most members share their folders, and NFKC of a hostile name is slow
def _fold(part: str) -> str:
    """One form for all that some file system takes as one: NFKC, case folded, NFKC again."""
    once = unicodedata.normalize("NFKC", part).casefold()
    return unicodedata.normalize("NFKC", once)
