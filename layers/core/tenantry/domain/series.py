"""Where CloudWatch has what was counted of one version: the client library's counts, and SageMaker's own."""

from tenantry.domain.base import Value
from tenantry.domain.judging import Counted
from tenantry.domain.options import DEDICATED, UNCALLED, Serving
from tenantry.domain.routes import HostRow

_PER_MS = 1000
"""Both count microseconds."""


class Series(Value):
    """One metric of CloudWatch."""

    namespace: str
    name: str
    dimensions: dict[str, str]


Trio = tuple[Series, Series, Series]
"""Calls, those that failed, and the sum of their latencies in microseconds."""


def of_clients(stack: str, tenant: str, model: str, version: str) -> Trio:
    """What the client library tells by embedded metric format (its `_counting.py` is the other half of this)."""
    named = {"Stack": stack, "Tenant": tenant, "Model": model, "Version": version}
    return _trio("Tenantry", named, "Calls", "Errors", "LatencySum")


def of_host(host: HostRow, target: str) -> Trio | None:
    """What SageMaker publishes of one version; `None` for jobs and for multi-model hosts, of whose models it is silent.

    Dimensions after the SageMaker guide (monitoring-cloudwatch, multi-container-metrics).
    """
    endpoint = {"EndpointName": host.endpoint, "VariantName": "all"}
    if host.serving is Serving.ASYNCHRONOUS:
        return _trio("AWS/SageMaker", endpoint, *_PROCESSED)
    if host.serving in DEDICATED - UNCALLED:
        return _trio("AWS/SageMaker", endpoint, *_INVOCATIONS)
    if host.serving is Serving.MULTI_CONTAINER:
        return _trio("AWS/SageMaker", {**endpoint, "ContainerName": target}, *_INVOCATIONS)
    if host.serving is Serving.INFERENCE_COMPONENT:
        return _trio("AWS/SageMaker", {"InferenceComponentName": target}, *_INVOCATIONS)
    return None


def counted(calls: float, errors: float, latency_us: float) -> Counted:
    """What the sums of a trio say. Whether what failed is among the calls, not every source says: now it is."""
    return Counted(calls=round(max(calls, errors)), errors=round(errors), latency_ms=latency_us / _PER_MS)


_INVOCATIONS = ("Invocations", "Invocation5XXErrors", "ModelLatency")
_PROCESSED = ("InvocationsProcesssed", "InvocationFailures", "ModelLatency")
"""With three s, as SageMaker's guide has it (async-inference-monitor)."""


def _trio(namespace: str, dimensions: dict[str, str], *names: str) -> Trio:
    one, two, three = (Series(namespace=namespace, name=name, dimensions=dimensions) for name in names)
    return one, two, three
