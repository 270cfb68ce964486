"""How fast a minute goes by for alarms and scaling."""

from collections.abc import Callable

MINUTE = 60.0


class Pace:
    """A knob. Periods and cooldowns are given in AWS's seconds and last `minute_seconds / 60` of them here."""

    def __init__(self) -> None:
        self.minute_seconds = MINUTE
        self._followers: list[Callable[[float], None]] = []

    def follow(self, turn: Callable[[float], None]) -> None:
        """Have another part turned along, now and with each change: whoever publishes metrics by the minute."""
        self._followers.append(turn)
        turn(self.minute_seconds)

    def real(self, seconds: float) -> float:
        """How long so many of AWS's seconds are here."""
        return seconds * self.minute_seconds / MINUTE

    def turn(self, minute_seconds: float) -> None:
        """Set it; raises ValueError for what is no length of time."""
        if not 0 < minute_seconds <= MINUTE:
            raise ValueError(f"minute_seconds is more than 0 and at most 60, not {minute_seconds}.")
        self.minute_seconds = float(minute_seconds)
        for follow in self._followers:
            follow(self.minute_seconds)
