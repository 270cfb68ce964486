"""Where the local cloud keeps what it writes: one folder, `.local`, under the project's root."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    """The folders and files of one local cloud. A further region's lie in a folder of the first one's."""

    folder: Path = ROOT / ".local"
    region: str = ""

    def further(self, region: str) -> "Home":
        """Where another region keeps what it writes."""
        return Home(self.folder / "regions" / region, region)

    @property
    def all(self) -> "list[Home]":
        """This one, and those of further regions that were ever started."""
        return [self, *(self.further(path.name) for path in sorted(self.folder.glob("regions/*")))]

    @property
    def first(self) -> Path:
        """The folder of the first region."""
        return self.folder.parent.parent if self.region else self.folder

    @property
    def record(self) -> Path:
        """What runs: pid, port and command of the server process, as JSON."""
        return self.folder / "cloud.json"

    @property
    def deployed(self) -> Path:
        """Fingerprint of the sources the running stack was built from, and its parameters."""
        return self.folder / "deployed"

    @property
    def env(self) -> Path:
        """The exports a POSIX shell sources to talk to this cloud."""
        return self.first / (f"env.{self.region}" if self.region else "env")

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
        """What `sam build` made, for all regions."""
        return self.first / "build"

    @property
    def built(self) -> Path:
        """Fingerprint of the sources it was made from."""
        return self.build / "sources"

    @property
    def packages(self) -> Path:
        """Functions' and layers' archives, unpacked once per content."""
        return self.folder / "packages"

    @property
    def hosting(self) -> Path:
        """State of the SageMaker emulation."""
        return self.folder / "hosting"
