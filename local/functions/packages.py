"""Archives unpacked once per content, and the folder that stands for Lambda's own runtime."""

import hashlib
import importlib.util
import io
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

# What Lambda's Python runtime has on its path by itself; nothing else of this machine's packages is visible.
RUNTIME = (
    "awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "runtime_client", "s3transfer", "simplejson",
    "six", "snapshot_restore_py", "urllib3",
)  # fmt: skip


def unpack(archive: bytes, under: Path) -> Path:
    """The archive's content as a folder, made whole or not at all."""
    folder = under / hashlib.sha256(archive).hexdigest()[:16]
    if not folder.exists():
        under.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=under))
        zipfile.ZipFile(io.BytesIO(archive)).extractall(scratch)
        try:
            scratch.rename(folder)
        except OSError:  # someone else was faster
            shutil.rmtree(scratch)
    return folder


def runtime(under: Path) -> Path:
    """A folder of links to the packages Lambda's runtime brings, so that a missing dependency is missed here too."""
    folder = under / "runtime"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in RUNTIME:
        path = _location(name)
        (folder / path.name).symlink_to(path, target_is_directory=path.is_dir())
    return folder


def _location(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"{name}, a part of Lambda's Python runtime, is not installed: run make up again.")
    origin = Path(os.path.realpath(found.origin))
    return origin.parent if origin.name == "__init__.py" else origin
