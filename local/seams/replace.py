"""How a seam takes the place of something in moto."""

from typing import Any


def replace(owner: Any, name: str, new: Any) -> Any:
    """Put `new` where `owner.name` was and return the old one; fails when moto has no such thing any more."""
    old = getattr(owner, name)
    setattr(owner, name, staticmethod(new) if _is_static(owner, name) else new)
    return old


def _is_static(owner: Any, name: str) -> bool:
    return isinstance(getattr(owner, "__dict__", {}).get(name), staticmethod)
