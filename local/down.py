"""`python -m local.down`: stop the local cloud and everything it started."""

import sys

from rich.console import Console

from local.home import Home
from local.processes import stop


def main() -> int:
    """Stop it; fine when nothing runs."""
    homes = Home().all
    count = sum(stop(home) for home in homes)
    for home in homes:
        home.deployed.unlink(missing_ok=True)
        home.env.unlink(missing_ok=True)
    said = f"Stopped {count} process{'es' if count > 1 else ''}." if count else "Nothing runs."
    Console(stderr=True, highlight=False).print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
