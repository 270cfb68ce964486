"""Where a command writes: answers to standard output, all else to standard error."""

from rich.console import Console


def out() -> Console:
    """Standard output; wide where nobody looks, so that nothing is cut."""
    console = Console()
    return console if console.is_terminal else Console(width=200)


def err() -> Console:
    """Standard error, for progress and failures."""
    return Console(stderr=True, soft_wrap=True, highlight=False)
