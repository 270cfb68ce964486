"""The account's quotas: what a request would take more than there is, is refused with ResourceLimitExceeded."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.hosting.endpoint import Endpoint
from local.hosting.endpoints import Endpoints
from local.hosting.errors import limit_exceeded
from local.hosting.settings import Panel


@dataclass(frozen=True)
class AccountQuotas:
    """Checks against the knob `quotas`."""

    panel: Panel
    endpoints: Endpoints

    def within(self, quota: str, words: str, used: int, delta: int) -> None:
        """Refuse `delta` more of what `quota` limits; `words` is AWS's name for the quota."""
        limit = getattr(self.panel.now.quotas, quota)
        if limit is not None and used + delta > limit:
            raise limit_exceeded(words, limit, used, delta, words.rsplit(maxsplit=1)[-1].capitalize())

    def within_instances(self, wanted: Mapping[str, int], endpoint: Endpoint | None) -> None:
        """Refuse these instance counts by variant, for this endpoint or a new one."""
        total = sum(wanted.values())
        limit = self.panel.now.quotas.instances_per_endpoint
        if limit is not None and total > limit:
            raise limit_exceeded("Number of instances for an endpoint", limit, 0, total, "Instances")
        others = (other for other in self.endpoints.shelf if other is not endpoint)
        used = sum(variant.desired for other in others for variant in other.variants)
        self.within("instances", "Number of instances across active endpoints instances", used, total)
