"""Every exception of the core. The class names are the strings in the state machines' `ErrorEquals`.

TenantryError
├── Rejected            the input's fault; never retried; ends REJECTED
├── Superseded          a newer upload went live; ends SUPERSEDED
├── ReleaseFailed       a step could not be done; ends FAILED
├── Conflict            somebody else wrote first; read again and decide again
└── Unavailable         AWS said later; the step may be retried
"""


class TenantryError(Exception):
    """`str(error)` is one sentence a person can act on."""


class Rejected(TenantryError):
    """What was dropped cannot be accepted as it is."""

    def __init__(self, reason: str, check: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.check = check


class Superseded(TenantryError):
    """A newer upload of the same tenant and model is live."""


class ReleaseFailed(TenantryError):
    """A step of a release could not be done; the message names the cause."""


class Conflict(TenantryError):
    """A condition of a commit did not hold; `keys` are the rows that had changed."""

    def __init__(self, *keys: tuple[str, str]) -> None:
        super().__init__("changed meanwhile: " + ", ".join("/".join(key) for key in keys))
        self.keys = keys


class Unavailable(TenantryError):
    """AWS throttled, timed out or failed: the same step may succeed later."""
