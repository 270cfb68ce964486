"""The account's quotas: what a request would take more than there is, is refused with ResourceLimitExceeded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.hosting.endpoint import Endpoint
from local.hosting.endpoints import Endpoints
from local.hosting.errors import limit_exceeded
from local.hosting.serverless import limits_of
from local.hosting.serverless_limits import ServerlessConfig
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

    def within_serverless(self, wanted: Sequence[ServerlessConfig], endpoint: Endpoint | None) -> None:
        """Refuse these serverless variants, for this endpoint or a new one."""
        if not wanted:
            return
        others = [limits_of(other.variants) for other in self.endpoints.shelf if other is not endpoint]
        used = [limit for limits in others for limit in limits]
        self.within("serverless_endpoints", "Maximum number of serverless endpoints", len(used), len(wanted))
        self.within(
            "serverless_concurrency",
            "Maximum total concurrency that can be allocated across all serverless endpoints",
            sum(limit.most for limit in used),
            sum(limit.most for limit in wanted),
        )
