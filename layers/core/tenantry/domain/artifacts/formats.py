"""What a file is, by its name and its first bytes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath

HEAD = 512
"""How many first bytes of a file are looked at."""

_PICKLE_NAMES = re.compile(
    r".*\.(?:pkl|pickle|p|joblib|jl|dill|cloudpickle|sav|pt|pth|bin|ckpt)(?:\.(?:gz|z|bz2|xz|lzma|lz4))?",
    re.IGNORECASE,
)
_PICKLE_BYTES = re.compile(
    rb"\x80[\x02-\x06]"  # protocol 2 and later
    rb"|c[\w.]+\n[\w.]+\n(?:[()\]}]|p\d|q[\0-\x1f])"  # protocol 0 and 1: a global, then its arguments
    rb"|\((?:[dlt]p\d|[dl]\.|i[\w.]+\n)|[}\](]q\0"  # protocol 0 and 1: a container
    rb"|PK\x03\x04.{0,200}data\.pkl"  # what torch.save writes
    rb"|\x93NUMPY.{0,400}\|O",  # an array of objects
    re.DOTALL,
)
_CODE_NAMES = re.compile(
    r".*\.(?:py[cdowx]?|so(?:\.\d+)*|dll|dylib|exe|sh|bash|bat|ps1|js|mjs"
    r"|jar|class|war|mar|whl|egg|r|pl|rb|lua|ipynb)",
    re.IGNORECASE,
)
_CODE_BYTES = re.compile(rb"\x7fELF|#!|MZ.\0|\xca\xfe\xba\xbe|[\xcf\xce]\xfa\xed\xfe|\0asm", re.DOTALL)
_LEFTOVERS = re.compile(r"(?:.*/)?(?:\._[^/]*|\.DS_Store)|(?:.*/)?__MACOSX(?:/.*)?")

_SAFETENSORS = re.compile(rb".{4}\0{4}\{.*", re.DOTALL)  # 8 bytes of header length (100 MB at most), then JSON
_TEXT = re.compile(rb"[^\0]*")
DATA_FORMATS: dict[str, re.Pattern[bytes]] = {
    ".safetensors": _SAFETENSORS,
    ".onnx": re.compile(rb"\x08.*", re.DOTALL),  # field 1, the version
    ".ubj": re.compile(rb"\{.*", re.DOTALL),
    ".json": re.compile(rb"\s*[\[{\"0-9tfn-][^\0]*"),
    ".model": re.compile(rb"\n.*", re.DOTALL),  # sentencepiece: field 1, the pieces
    **dict.fromkeys((".txt", ".csv", ".tsv", ".md", ".vocab", ".bpe", ".yaml", ".yml", ".toml", ""), _TEXT),
}
"""The data-only formats by ending, each with what the first bytes must look like."""

_EXTERNAL_DATA = b"\x0a\x08location\x12"
"""ONNX: an entry of a tensor's `external_data` whose key is `location`."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as far as it was looked at: path, first HEAD bytes, and whether it names a file to read data from."""

    path: str
    head: bytes
    external: bool = False

    @property
    def ending(self) -> str:
        """In lower case, with its dot."""
        return PurePosixPath(self.path).suffix.lower()

    @property
    def is_pickle(self) -> bool:
        """A pickle by name or content, or something that may hold one."""
        # A safetensors header of 640 bytes begins like a pickle of protocol 2.
        found = _PICKLE_BYTES.match(self.head) and not _SAFETENSORS.fullmatch(self.head)
        return bool(_PICKLE_NAMES.fullmatch(self.path) or found)

    @property
    def is_code(self) -> bool:
        """A script, a library or a program, by name or content."""
        return bool(_CODE_NAMES.fullmatch(self.path) or _CODE_BYTES.match(self.head))

    @property
    def is_disguised(self) -> bool:
        """It has the ending of a data-only format and other first bytes."""
        expected = DATA_FORMATS.get(self.ending)
        return bool(self.head and expected and not expected.fullmatch(self.head))


def is_leftover(path: str) -> bool:
    """What macOS adds to archives."""
    return bool(_LEFTOVERS.fullmatch(path))


def read_file(path: str, content: Iterator[memoryview]) -> File:
    """Look at a file's content as it passes, and keep its first bytes."""
    start = b""
    while len(start) < HEAD and (block := next(content, None)) is not None:
        start += block
    external = path.lower().endswith(".onnx") and _holds(chain([start], content), _EXTERNAL_DATA)
    return File(path, start[:HEAD], external)


def _holds(blocks: Iterable[bytes | memoryview], wanted: bytes) -> bool:
    """Whether `wanted` is in there, also across the edge of two blocks."""
    kept = b""
    for block in blocks:
        kept += block
        if wanted in kept:
            return True
        kept = kept[1 - len(wanted) :]
    return False
