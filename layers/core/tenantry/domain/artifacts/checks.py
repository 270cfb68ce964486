"""What a check is: an id, what must hold, and the sentence for when it does not. Each module lists its own."""

from tenantry.domain.artifacts.values import Finding, Severity
from tenantry.domain.base import Value

REPACK = "pack it from inside the model's own folder: tar -czf model.tar.gz -C model ."
RESEND = "pack and upload it again, and compare the sizes"


class Check(Value):
    """One rule of the gate.

    `holds` is the rule in words, for the docs; `message` is filled with the member and the facts of the case.
    """

    id: str
    name: str
    holds: str
    message: str
    fix: str
    severity: Severity = "error"

    def found(self, member: str = "", **facts: object) -> Finding:
        """The finding for `member` (already fit to be shown)."""
        return Finding(
            check=self.id,
            severity=self.severity,
            member=member,
            message=self.message.format(member=repr_of(member), **facts),
            fix=self.fix,
        )

    def flaw(self, member: str = "", **facts: object) -> "Flaw":
        """The same as an exception: there is no sense, or no safety, in reading on."""
        return Flaw(self.found(member, **facts))


class Flaw(Exception):
    """The artifact cannot be read further; never leaves the gate."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def repr_of(member: str) -> str:
    """The member in quotes, or what stands for one that has no name."""
    return f"'{member}'" if member else "a member without a name"


def shown(raw: bytes, longest: int = 120) -> str:
    """A name fit for a log, a mail and a terminal: what cannot be printed is escaped, what is long is cut."""
    text = raw[: 4 * longest].decode("utf-8", "backslashreplace")
    printable = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
    return printable if len(printable) <= longest else f"{printable[:longest]}…"
