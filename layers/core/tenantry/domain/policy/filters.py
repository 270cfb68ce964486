"""The filters, in the order in which their reasons are told. A candidate is legal when none of them objects."""

from collections.abc import Callable

from tenantry.domain.policy import host_filters, option_filters
from tenantry.domain.policy.given import Candidate, Given
from tenantry.domain.policy.needs import Needs

Filter = Callable[[Candidate, Needs, Given], str | None]

FILTERS: tuple[Filter, ...] = (
    option_filters.served,
    option_filters.isolation,
    option_filters.answer,
    option_filters.latency,
    option_filters.cold_start,
    option_filters.payload,
    option_filters.processing_time,
    option_filters.concurrency,
    option_filters.gpu,
    option_filters.network,
    host_filters.fleet,
    host_filters.own,
    host_filters.trust,
    host_filters.room,
    host_filters.price,
    host_filters.memory,
    host_filters.capacity,
)
