"""Topics in memory: what was published can be read, and everybody confirms at once but who is `silent`."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from tenantry.adapters.memory.faults import Faults
from tenantry.adapters.memory.guard import warn_inside_lambda
from tenantry.adapters.messages import subject_line
from tenantry.domain.errors import ReleaseFailed
from tenantry.domain.notices import Notice


class Mail(NamedTuple):
    """One text as e-mail subscribers get it."""

    topic_arn: str
    subject: str
    text: str


class MemoryChannels:
    """The `Channels` port. `topics` maps each ARN to its e-mail addresses, `deliveries` to other endpoints.

    `delivered` is what those got. `silent` are addresses and endpoints that never confirm, or are down: SNS tells its
    publisher nothing of either.
    """

    def __init__(self, stack: str = "tenantry") -> None:
        warn_inside_lambda(self)
        self.faults = Faults()
        self._prefix = f"arn:aws:sns:us-east-1:123456789012:{stack}-"
        self.topics: dict[str, set[str]] = {}
        self.notices: list[tuple[str, Notice]] = []
        self.mails: list[Mail] = []
        self.deliveries: dict[str, dict[str, tuple[str, ...]]] = {}
        self.delivered: list[tuple[str, Notice]] = []
        self.silent: set[str] = set()

    def open(
        self,
        tenant: str,
        emails: Sequence[str],
        deliveries: Mapping[str, Sequence[str]] = {},
        withdrawn: Collection[str] = (),
    ) -> str:
        with self.faults.around("open"):
            self.topics[self._prefix + tenant] = set(emails)
            subscribed = self.deliveries.setdefault(self._prefix + tenant, {})
            subscribed |= {endpoint: tuple(models) for endpoint, models in deliveries.items()}
            for endpoint in withdrawn:
                subscribed.pop(endpoint, None)
        return self._prefix + tenant

    def close(self, topic_arn: str) -> None:
        with self.faults.around("close"):
            self.topics.pop(topic_arn, None)
            self.deliveries.pop(topic_arn, None)

    def send(self, topic_arn: str, notice: Notice) -> None:
        with self.faults.around("send"):
            self._there(topic_arn)
            self.notices.append((topic_arn, notice))
            there = self.deliveries.get(topic_arn, {}) if notice.about == "request" else {}
            heard = (one for one, models in there.items() if notice.model in models and one not in self.silent)
            self.delivered += [(endpoint, notice) for endpoint in heard]

    def mail(self, topic_arn: str, subject: str, text: str) -> None:
        with self.faults.around("mail"):
            self._there(topic_arn)
            self.mails.append(Mail(topic_arn, subject_line(subject), text))

    def _there(self, topic_arn: str) -> None:
        if topic_arn not in self.topics:
            raise ReleaseFailed(f"topic {topic_arn} does not exist any more")
