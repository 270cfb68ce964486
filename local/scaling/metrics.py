"""The metrics that target tracking knows by name (SageMaker guide: monitoring-cloudwatch, auto scaling)."""

from dataclasses import dataclass
from typing import Any

from local.alarms.alarm import PER_MINUTE
from local.scaling.targets import CONCURRENCY, COPIES, INSTANCES

NAMESPACE = "AWS/SageMaker"


@dataclass(frozen=True)
class Predefined:
    """A metric of SageMaker's, the dimension that may track it, and its period in seconds."""

    name: str
    statistic: str
    dimension: str
    period: int = 60


PREDEFINED = {
    "SageMakerVariantInvocationsPerInstance": Predefined("InvocationsPerInstance", "Sum", INSTANCES),
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": Predefined(
        "ConcurrentRequestsPerModel", "Maximum", INSTANCES, 10
    ),
    "SageMakerVariantProvisionedConcurrencyUtilization": Predefined(
        "ServerlessProvisionedConcurrencyUtilization", "Average", CONCURRENCY
    ),
    "SageMakerInferenceComponentInvocationsPerCopy": Predefined("InvocationsPerCopy", "Sum", COPIES),
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution": Predefined(
        "ConcurrentRequestsPerCopy", "Maximum", COPIES, 10
    ),
}


def allowed(dimension: str) -> list[str]:
    """The predefined metric types a dimension may track."""
    return [name for name, metric in PREDEFINED.items() if metric.dimension == dimension]


def counted(policy: Any) -> str:
    """The name of the metric by which a policy (moto's) counts calls per minute; empty for any other policy."""
    config = policy.target_tracking_scaling_policy_configuration or {}
    kind = config.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", "")
    name = PREDEFINED[kind].name if kind in PREDEFINED else ""
    return name if name in PER_MINUTE else ""
