"""Where the local cloud keeps what it writes: one folder, `.local`, under the project's root."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    """The folders and files of one local cloud."""

    folder: Path = ROOT / ".local"

    @property
    def record(self) -> Path:
        """What runs: pid, port and command of the server process, as JSON."""
        return self.folder / "cloud.json"

    @property
    def deployed(self) -> Path:
        """Fingerprint of the sources the running stack was built from."""
        return self.folder / "deployed"

    @property
    def env(self) -> Path:
        """The exports a POSIX shell sources to talk to this cloud."""
        return self.folder / "env"

    @property
    def logs(self) -> Path:
        """One log per function, and `cloud.log` of the server itself."""
        return self.folder / "logs"

    @property
    def outbox(self) -> Path:
        """Every e-mail that would have been sent, one `.eml` file each."""
        return self.folder / "outbox"

    @property
    def build(self) -> Path:
        """What `sam build` made."""
        return self.folder / "build"

    @property
    def packages(self) -> Path:
        """Functions' and layers' archives, unpacked once per content."""
        return self.folder / "packages"

    @property
    def hosting(self) -> Path:
        """State of the SageMaker emulation."""
        return self.folder / "hosting"
