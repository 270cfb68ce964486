"""Scaling activities: what was changed and why, for DescribeScalingActivities and for EventBridge."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.scaling.decisions import Bounds
from local.scaling.targets import NOUNS, Resource

KEPT = 1_000


@dataclass(frozen=True)
class Activity:
    """One change of capacity that SageMaker took; or, with a `failure`, did not take."""

    resource: Resource
    before: int
    count: int
    cause: str
    at: float  # seconds since the epoch
    failure: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def shown(self) -> dict[str, Any]:
        """A member of DescribeScalingActivities."""
        noun = NOUNS[self.resource.dimension]
        done = f"Successfully set desired {noun} to {self.count}. Change successfully fulfilled by sagemaker."
        return {
            "ActivityId": self.id,
            "ServiceNamespace": "sagemaker",
            "ResourceId": self.resource.id,
            "ScalableDimension": self.resource.dimension,
            "Description": f"Setting desired {noun} to {self.count}.",
            "Cause": self.cause,
            "StartTime": self.at,
            "EndTime": self.at,
            "StatusCode": "Failed" if self.failure else "Successful",
            "StatusMessage": f"Failed to set desired {noun} to {self.count}: {self.failure}" if self.failure else done,
        }


def scaled_to_max(activity: Activity, bounds: Bounds, account: str, region: str) -> dict[str, Any]:
    """`Application Auto Scaling Scaling Activity State Change`; AWS documents it for reaching the maximum only."""
    time = datetime.fromtimestamp(activity.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Application Auto Scaling Scaling Activity State Change",
        "source": "aws.application-autoscaling",
        "account": account,
        "time": time,
        "region": region,
        "resources": [],
        "detail": {
            "startTime": time,
            "endTime": time,
            "newDesiredCapacity": activity.count,
            "oldDesiredCapacity": activity.before,
            "minCapacity": bounds.least,
            "maxCapacity": bounds.most,
            "resourceId": activity.resource.id,
            "scalableDimension": activity.resource.dimension,
            "serviceNamespace": "sagemaker",
            "statusCode": "Successful",
            "scaledToMax": True,
            "direction": "scale-out",
        },
    }
