"""What `.local/env` exports, for programs that are not started from a shell that read it."""

import shlex

from local.home import Home


def read_environment(home: Home | None = None) -> dict[str, str]:
    """The exports by name. Raises FileNotFoundError when the local cloud was never started here."""
    words = shlex.split((home or Home()).env.read_text())
    return dict(word.split("=", 1) for word in words if "=" in word)
