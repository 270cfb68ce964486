"""Scaling policies that a plan names, and only AWS knows the ARNs of."""

from collections.abc import Mapping
from typing import Any

from tenantry.domain.errors import Unavailable
from tenantry.domain.plans import policy_of


def policies_named(params: Mapping[str, Any], autoscaling: Any) -> dict[str, Any]:
    """The parameters, with ARNs where an alarm's actions name scaling policies."""
    if "AlarmActions" not in params:
        return dict(params)
    return {**params, "AlarmActions": [_arn(action, autoscaling) for action in params["AlarmActions"]]}


def _arn(action: str, autoscaling: Any) -> str:
    """Unavailable while AWS does not show a policy that was just made."""
    named = policy_of(action)
    if named is None:
        return action
    resource, policy = named
    found = autoscaling.describe_scaling_policies(
        ServiceNamespace="sagemaker", ResourceId=resource, PolicyNames=[policy]
    )["ScalingPolicies"]
    arns = [str(one["PolicyARN"]) for one in found if one["PolicyName"] == policy]
    if not arns:
        raise Unavailable(f"scaling policy {policy} does not show yet")
    return arns[0]
