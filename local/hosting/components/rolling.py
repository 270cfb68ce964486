"""UpdateInferenceComponent's rolling update: batch by batch, new copies first, then as many old ones go.

Facts (botocore, InferenceComponentRollingUpdatePolicy): a batch is 5 to 50 percent of the copies, or a number of them;
new capacity is provisioned before old capacity is terminated; alarms are watched between batches. Alarms are not judged
here; without a policy a batch is one copy.
"""

from collections.abc import Mapping
from itertools import batched
from typing import Any

from local.hosting.components.component import Component
from local.hosting.components.copies import Berth, Copies
from local.hosting.components.scheduler import Scheduler


class Roll:
    """One update of one component: `forth`, and after a failure `back`."""

    def __init__(self, component: Component, scheduler: Scheduler, params: Mapping[str, Any]) -> None:
        self._component = component
        self._copies = component.copies
        self._scheduler = scheduler
        self._specification = params["Specification"]
        self._policy = params.get("DeploymentConfig", {}).get("RollingUpdatePolicy", {})
        self._before = (component.specification, component.copies.like())
        self._opened: list[Berth] = []

    def forth(self, wanted: Copies) -> None:
        """Replace every copy by one like `wanted`; the first that does not start or fit is raised."""
        old = list(self._copies.berths)
        self._become(self._specification, wanted)
        for batch in batched(old, self._batch_size(len(old)), strict=False):
            for _ in batch:
                self._open()
            self._scheduler.pause(self._policy.get("WaitIntervalInSeconds", 0))
            for berth in batch:
                self._copies.shut(berth)
            self._scheduler.room_changed()

    def back(self) -> None:
        """Take the new copies out; what is opened from now on is like the old ones."""
        self._become(*self._before)
        for berth in self._opened:
            self._copies.shut(berth)

    def _become(self, specification: dict[str, Any], wanted: Copies) -> None:
        self._component.params["Specification"] = specification
        self._copies.become(wanted)

    def _open(self) -> None:
        berth = self._scheduler.berth(self._component)
        self._copies.open(berth)
        self._opened.append(berth)

    def _batch_size(self, count: int) -> int:
        size = self._policy.get("MaximumBatchSize", {"Type": "COPY_COUNT", "Value": 1})
        return int(size["Value"]) if size["Type"] == "COPY_COUNT" else max(1, count * size["Value"] // 100)
