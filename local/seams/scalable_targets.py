"""Application Auto Scaling's API for what SageMaker has.

moto knows one of the three dimensions, registers what does not exist, keeps the policies of a target that is gone,
takes policies for targets that are not registered, changes a policy's ARN when it is put again, makes no alarms for
SageMaker's and tells of no activities.
"""

import json
import time
from typing import Any

from moto.applicationautoscaling import models
from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend as Backend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Response

from local.context import Context
from local.hosting.errors import ApiError
from local.hosting.rules import check_shape
from local.scaling.engine import Scaling
from local.scaling.registry import Registry
from local.seams.replace import replace

PAGE = 50
ROLE = (
    "arn:aws:iam::{account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
"""The service-linked role, which is shown whatever role a caller names."""
RUNNING = {f"{what}Suspended": False for what in ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")}


def install(context: Context, scaling: Scaling, registry: Registry) -> None:
    """Answer as Application Auto Scaling does, and let `scaling` act."""
    valid = replace(models, "_target_params_are_valid", None)
    register = replace(Backend, "register_scalable_target", None)
    deregister = replace(Backend, "deregister_scalable_target", None)
    put = replace(Backend, "put_scaling_policy", None)
    answer_put = replace(Response, "put_scaling_policy", None)

    def params_are_valid(namespace: str, r_id: str, dimension: str) -> bool:
        return namespace == "sagemaker" or bool(valid(namespace, r_id, dimension))

    def register_in_bounds(
        backend: Any,
        namespace: str,
        r_id: str,
        dimension: str,
        min_capacity: Any,
        max_capacity: Any,
        *more: Any,
        **rest: Any,
    ) -> Any:
        if namespace == "sagemaker":
            found = registry.check(dimension, r_id, min_capacity, max_capacity)
            context.bus.later(0.0, lambda: scaling.settle(found, time.time()))
            rest["role_arn"] = ROLE.format(account=context.account)
            rest["suspended_state"] = _suspended(backend, dimension, r_id) | (rest.get("suspended_state") or {})
        return register(backend, namespace, r_id, dimension, min_capacity, max_capacity, *more, **rest)

    def deregister_with_policies(backend: Any, namespace: str, r_id: str, dimension: str) -> None:
        if namespace == "sagemaker":
            registry.remove(dimension, r_id)
        else:
            deregister(backend, namespace, r_id, dimension)

    def put_for_registered(backend: Any, **members: Any) -> Any:
        if members["service_namespace"] == "sagemaker":
            return registry.put(put, members)
        return put(backend, **members)

    def check_and_put(request: Any) -> str:
        _validate(request)
        return str(answer_put(request))

    replace(models, "_target_params_are_valid", params_are_valid)
    replace(Backend, "register_scalable_target", register_in_bounds)
    replace(Backend, "deregister_scalable_target", deregister_with_policies)
    replace(Backend, "put_scaling_policy", put_for_registered)
    replace(Response, "_validate_params", _validate)
    replace(Response, "put_scaling_policy", check_and_put)
    Response.describe_scaling_activities = lambda request: _activities(scaling, request)  # type: ignore[attr-defined]


def _suspended(backend: Any, dimension: str, resource_id: str) -> dict[str, bool]:
    """What was suspended, as far as the caller does not say otherwise."""
    known = backend.targets.get(dimension, {}).get(resource_id)
    return dict(known.suspended_state) if known else dict(RUNNING)


def _validate(request: Any) -> None:
    """The request against botocore's model."""
    try:
        check_shape("application-autoscaling", request._get_action(), json.loads(request.body))
    except ApiError as error:
        raise AWSValidationException(error.message) from error


def _activities(scaling: Scaling, request: Any) -> str:
    """DescribeScalingActivities: newest first, in pages."""
    asked = json.loads(request.body)
    shown = [activity.shown() for activity in reversed(scaling.activities)]
    named = {name: asked[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension") if name in asked}
    found = [each for each in shown if named.items() <= each.items()]
    start = int(asked.get("NextToken") or 0)
    end = start + int(asked.get("MaxResults") or PAGE)
    more = {"NextToken": str(end)} if end < len(found) else {}
    return json.dumps({"ScalingActivities": found[start:end], **more})
