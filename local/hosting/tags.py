"""Tags of whatever has an ARN: one list for all kinds of resources."""

from collections.abc import Callable, Iterable
from typing import Any

from local.hosting.catalog import Entry
from local.hosting.errors import missing

Params = dict[str, Any]


class Tags:
    """The tag operations over these resources."""

    def __init__(self, *shelves: Iterable[Entry]) -> None:
        self._shelves = shelves
        self.operations: dict[str, Callable[[Params], Params]] = {
            "AddTags": self.add,
            "DeleteTags": self.delete,
            "ListTags": self.list,
        }

    def add(self, params: Params) -> Params:
        """AddTags: all tags of the resource, old and new."""
        entry = self._tagged(params["ResourceArn"])
        entry.tags.update({tag["Key"]: tag["Value"] for tag in params["Tags"]})
        return {"Tags": _listed(entry)}

    def delete(self, params: Params) -> Params:
        """DeleteTags."""
        entry = self._tagged(params["ResourceArn"])
        for key in params["TagKeys"]:
            entry.tags.pop(key, None)
        return {}

    def list(self, params: Params) -> Params:
        """ListTags."""
        return {"Tags": _listed(self._tagged(params["ResourceArn"]))}

    def _tagged(self, arn: str) -> Entry:
        for shelf in self._shelves:
            for entry in shelf:
                if entry.arn == arn:
                    return entry
        raise missing("resource", arn)


def _listed(entry: Entry) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in entry.tags.items()]
