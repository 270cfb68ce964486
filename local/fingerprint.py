"""Whether anything that is deployed has changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

WATCHED = ("template.yaml", "functions", "layers", "statemachines")
_IGNORED = ("__pycache__", ".pyc", ".egg-info")


def fingerprint(project: Path) -> str:
    """A digest over names and contents of everything `sam build` reads."""
    digest = hashlib.sha256()
    for path in _sources(project):
        digest.update(f"{path.relative_to(project)}\0{path.stat().st_mode & 0o111}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _sources(project: Path) -> Iterator[Path]:
    for name in WATCHED:
        path = project / name
        yield from (path,) if path.is_file() else sorted(filter(_counts, path.rglob("*")))


def _counts(path: Path) -> bool:
    return path.is_file() and not any(part.endswith(_IGNORED) for part in path.parts)
