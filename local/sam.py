"""`sam build` and `sam deploy`, as they are, pointed at the local cloud."""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from local.context import REGION
from local.home import ROOT, Home

BUCKET = "sam-artifacts"  # --resolve-s3 would make a stack of SAM's own, which moto cannot


class SamFailed(Exception):
    """`sam` said no; the message holds the end of what it printed."""


class NoInterpreter(Exception):
    """`sam build` needs the runtime's own interpreter."""

    def __init__(self) -> None:
        super().__init__(
            "sam build needs a python3.13 and this environment's own is gone: remove .venv and run make up again."
        )


def architecture() -> str:
    """This machine's, in Lambda's words."""
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def variables(home: Home, endpoint: str, region: str = REGION) -> dict[str, str]:
    """The environment of every AWS tool: this cloud, and nothing of the user's own AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.3",  # seconds between looks at the stack's events
        "__SAM_CLI_APP_DIR": str(home.folder / "sam"),
        "PATH": f"{_interpreter().parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def build(home: Home, environment: Mapping[str, str], project: Path) -> None:
    """Build functions and layers for this machine into `.local/build`."""
    _sam(
        home, environment, project, "build", "--build-dir", str(home.build), "--cached",
        "--cache-dir", str(home.folder / "sam-cache"),
        "--parameter-overrides", f"Architecture={architecture()}",
    )  # fmt: skip


def deploy(
    home: Home, environment: Mapping[str, str], project: Path, stack: str, parameters: Mapping[str, str]
) -> None:
    """Deploy what was built; the bucket for its packages must be there."""
    _sam(
        home, environment, project, "deploy", "--template-file", str(home.build / "template.yaml"),
        "--stack-name", stack, "--s3-bucket", BUCKET, "--region", environment["AWS_DEFAULT_REGION"],
        "--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND",
        "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar",
        "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items()),
    )  # fmt: skip


def _sam(home: Home, environment: Mapping[str, str], project: Path, *arguments: str) -> None:
    log = home.logs / f"sam-{arguments[0]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [_executable(), *arguments, "--config-file", str(_no_config(home))]
    with log.open("w") as said:
        ended = subprocess.run(
            command, cwd=project, env=dict(environment), stdin=subprocess.DEVNULL, stdout=said,
            stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    if ended.returncode != 0:
        last = "\n".join(log.read_text().strip().splitlines()[-12:])
        raise SamFailed(f"sam {arguments[0]} failed; the whole of it is in {log}:\n{last}")


def _no_config(home: Home) -> Path:
    """An empty configuration: the project's samconfig.toml is for real accounts; here every option is given."""
    path = home.folder / "samconfig.toml"
    path.write_text("version = 0.1\n")
    return path


def _executable() -> str:
    own = shutil.which("sam", path=str(ROOT / ".venv-sam" / "bin")) or shutil.which("sam")
    if own is None:
        raise SamFailed("SAM CLI is not installed here: run make install, then make up again.")
    return own


def _interpreter() -> Path:
    """The python3.13 under this environment; `sam build` looks for that name on PATH."""
    for folder in (
        Path(sysconfig.get_config_var("BINDIR") or ""),
        Path(sys.base_prefix) / "bin",
        Path(sys.prefix) / "bin",
    ):
        if (folder / "python3.13").exists():
            return folder / "python3.13"
    raise NoInterpreter
