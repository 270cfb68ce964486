"""Why an option is out, whatever hosts there are. A filter returns a sentence, or `None` when it has no objection.

The first paragraph of each docstring says what must hold, with its source in parentheses; `docs/placement.md` is made
from them.
"""

from tenantry.domain.options import Isolation, Serving, refusal
from tenantry.domain.policy import sizing
from tenantry.domain.policy.cold import first_answer
from tenantry.domain.policy.costs import at_once, number
from tenantry.domain.policy.given import Candidate, Given
from tenantry.domain.policy.limits import LIMITS, MOST_AT_ONCE
from tenantry.domain.policy.needs import Needs


def served(candidate: Candidate, _: Needs, given: Given) -> str | None:
    """The option is one that this stack serves (serving/__init__.py)."""
    return None if candidate.option in given.served else "this release does not serve it"


def isolation(candidate: Candidate, _: Needs, given: Given) -> str | None:
    """The option is legal for the tenant's isolation (the table in domain/options.py)."""
    why = refusal(candidate.option, given.isolation)
    own = candidate.fleet is not None and candidate.fleet.tenant == given.tenant
    if not why and candidate.shared and not own and given.isolation is Isolation.SILO:
        why = "its hosts are a fleet's, which a silo does not share"
    return f"isolation {given.isolation}, and {why}" if why else None


def answer(candidate: Candidate, needs: Needs, _: Given) -> str | None:
    """Answers come the way that callers take them (SageMaker guide, deploy-model-options)."""
    way = LIMITS[candidate.option].way
    if needs.answer in {"any", way}:
        return None
    return f"it answers {_WAYS[way]}, and answer {needs.answer} is declared"


def latency(candidate: Candidate, needs: Needs, _: Given) -> str | None:
    """One request, and a start from no instance, take no longer than declared (SageMaker guide, async-inference)."""
    if needs.latency is None:
        return None
    if candidate.option is Serving.BATCH_TRANSFORM:
        return "it answers when its job has run, on a schedule, and a latency is declared"
    if needs.latency == "minutes":
        return None
    if candidate.option is Serving.ASYNCHRONOUS:
        return f"it may start from no instance, which takes minutes, and latency {needs.latency:,} ms is declared"
    seconds = _seconds(candidate, needs)
    if seconds * 1000 <= needs.latency:
        return None
    return f"one request takes {number(seconds)} s, longer than the declared latency of {needs.latency:,} ms"


def cold_start(candidate: Candidate, needs: Needs, _: Given) -> str | None:
    """Whoever meets a cold start has the answer in time (SageMaker guide, serverless-endpoints; length assumed)."""
    if candidate.option is not Serving.SERVERLESS or not isinstance(needs.latency, int):
        return None
    cold = first_answer(candidate.option, needs)
    if (cold + _seconds(candidate, needs)) * 1000 <= needs.latency:
        return None
    return f"a cold start takes about {number(cold)} s, longer than the declared latency of {needs.latency:,} ms"


def payload(candidate: Candidate, needs: Needs, _: Given) -> str | None:
    """The largest request is within the option's limit (SageMaker guide, deploy-model-options and feature matrix)."""
    most = LIMITS[candidate.option].payload_bytes
    if needs.payload_bytes <= most:
        return None
    return f"a request may have {most:,} bytes, and the largest declared has {needs.payload_bytes:,}"


def processing_time(candidate: Candidate, needs: Needs, _: Given) -> str | None:
    """One request is done within the option's limit (SageMaker guide, deploy-model-options)."""
    most, seconds = LIMITS[candidate.option].seconds, _seconds(candidate, needs)
    if seconds <= most:
        return None
    return f"a request may take {most:,} s, and one takes {number(seconds)} s"


def concurrency(candidate: Candidate, needs: Needs, _: Given) -> str | None:
    """A serverless endpoint works on 200 calls at the same time at most (SageMaker API, ServerlessConfig)."""
    if candidate.option is not Serving.SERVERLESS or (calls := at_once(needs)) <= MOST_AT_ONCE:
        return None
    return f"it takes {MOST_AT_ONCE} calls at the same time, and the peak has {calls:,}"


def gpu(candidate: Candidate, needs: Needs, given: Given) -> str | None:
    """There is a GPU where one is needed; multi-model only with Triton (SageMaker guide, multi-model-support)."""
    if not needs.gpu:
        return None
    if not LIMITS[candidate.option].gpu:
        return "it has no GPU, and one is needed"
    if candidate.option is Serving.MULTI_MODEL and given.framework != "triton":
        return f"its hosts use a GPU with framework triton only, and this is {given.framework}"
    found = sizing.kinds(candidate, needs, given)
    if found and not any(kind.gpu_gib for _, kind in found):
        return f"{found[0][0]} has no GPU, and one is needed"
    return None


def network(candidate: Candidate, needs: Needs, given: Given) -> str | None:
    """Containers have a network, or none, as declared, and the stack's VPC (SageMaker guide, feature matrix)."""
    limits, fleet = LIMITS[candidate.option], candidate.fleet
    if given.vpc and not limits.vpc:
        return "it cannot run in a VPC, and the hosts of this stack do"
    if needs.network == "isolated" and not limits.isolated:
        return "it cannot be cut off the network, and network isolated is declared"
    if fleet and needs.network and (needs.network == "open") is not fleet.network:
        return f"fleet {fleet.name} {_NETWORKS[fleet.network]} the network, and network {needs.network} is declared"
    return None


def _seconds(candidate: Candidate, needs: Needs) -> float:
    serverless = candidate.option is Serving.SERVERLESS
    return sizing.serverless_seconds(needs) if serverless else needs.seconds_per_request


_WAYS = {"immediate": "on the line", "later": "later, through S3", "batch": "in files, once a job has run"}
_NETWORKS = {True: "has", False: "is cut off"}
