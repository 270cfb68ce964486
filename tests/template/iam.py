"""What IAM would decide: enough of its language for our policies, and an error for any other word of it.

moto takes most condition operators for satisfied, so nothing it allows proves anything about isolation.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

type Statement = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One call: what, on what, and what IAM knows about it. Keys of `context` are compared without case."""

    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict)

    def values(self, key: str) -> list[str] | None:
        for name, value in self.context.items():
            if name.lower() == key.lower():
                return [value] if isinstance(value, str) else list(value)
        return None


def allowed(
    request: Request,
    identity: Iterable[Statement],
    session: Iterable[Statement] | None = None,
    resource: Iterable[Statement] = (),
) -> bool:
    """Whether the call is made: no Deny anywhere, and an Allow of the identity and of the session, if there is one.

    A resource policy is asked for its Denies only: in one account an identity's Allow is enough.
    """
    sides = [list(identity)] if session is None else [list(identity), list(session)]
    if any(_applies(one, request) for side in [*sides, list(resource)] for one in side if one["Effect"] == "Deny"):
        return False
    return all(any(_applies(one, request) for one in side if one["Effect"] == "Allow") for side in sides)


def assumable(request: Request, trust: Iterable[Statement]) -> bool:
    """Whether a trust policy lets this call through (its statements name no resource)."""
    return allowed(request, [{**one, "Resource": "*"} for one in trust])


def listed(value: Any) -> list[Any]:
    """IAM lets a list of one be written without brackets."""
    return value if isinstance(value, list) else [value]


def _applies(statement: Statement, request: Request) -> bool:
    if unknown := set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition", "Principal"}:
        raise NotImplementedError(f"statement with {sorted(unknown)}")
    return (
        any(_like(request.action.lower(), one.lower()) for one in listed(statement["Action"]))
        and any(_like(request.resource, one, request) for one in listed(statement["Resource"]))
        and all(
            _holds(operator, key, listed(wanted), request)
            for operator, pairs in statement.get("Condition", {}).items()
            for key, wanted in pairs.items()
        )
    )


def _holds(operator: str, key: str, wanted: list[str], request: Request) -> bool:
    quantifier, _, name = operator.rpartition(":")
    given = request.values(key)
    if name == "Null":
        return (given is None) == (wanted == ["true"])
    if given is None:
        return quantifier == "ForAllValues" or name.endswith("IfExists") or "Not" in name
    test = _TESTS[name.removesuffix("IfExists")]
    if "Not" in name:
        return all(test(one, pattern, request) for one in given for pattern in wanted)
    met = [any(test(one, pattern, request) for pattern in wanted) for one in given]
    return all(met) if quantifier == "ForAllValues" else any(met)


def _equal(value: str, wanted: str, request: Request) -> bool:
    filled = _fill(wanted, request)
    return filled is not None and value == "".join(text for text, _ in filled)


def _like(value: str, pattern: str, request: Request | None = None) -> bool:
    filled = _fill(pattern, request) if request else [(pattern, False)]
    if filled is None:
        return False
    literal = "".join(re.escape(text) if fixed else _wild(text) for text, fixed in filled)
    return re.fullmatch(literal, value, re.DOTALL) is not None


def _arn_like(value: str, pattern: str, request: Request) -> bool:
    """Part by part, so that no wildcard reaches across a colon of the first five."""
    ours, theirs = value.split(":", 5), pattern.split(":", 5)
    return len(ours) == len(theirs) == 6 and all(_like(a, b, request) for a, b in zip(ours, theirs, strict=True))


@cache
def _wild(text: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in text)


def _fill(pattern: str, request: Request) -> list[tuple[str, bool]] | None:
    """Pieces of text, and whether each is literal: what a variable holds is. `None` when a variable has no value."""
    pieces: list[tuple[str, bool]] = []
    for number, piece in enumerate(re.split(r"\$\{([^}]+)\}", pattern)):
        values = request.values(piece) if number % 2 else [piece]
        if values is None:
            return None
        pieces.append((values[0], bool(number % 2)))
    return pieces


def _not(test: Callable[[str, str, Request], bool]) -> Callable[[str, str, Request], bool]:
    return lambda value, wanted, request: not test(value, wanted, request)


_TESTS: dict[str, Callable[[str, str, Request], bool]] = {
    "StringEquals": _equal,
    "StringNotEquals": _not(_equal),
    "StringLike": _like,
    "StringNotLike": _not(_like),
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "ArnNotEquals": _not(_arn_like),
    "ArnNotLike": _not(_arn_like),
    "Bool": lambda value, wanted, _: value.lower() == wanted.lower(),
}
