"""Scalable targets and policies of SageMaker's in moto's store: what is taken, what is refused, what goes with what."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.exceptions import JsonRESTError

from local.context import Context
from local.scaling import tracking_alarms
from local.scaling.capacity import Capacity
from local.scaling.metrics import allowed
from local.scaling.targets import DIMENSIONS, NotScalable, Resource, resource

Members = dict[str, Any]


class Registry:
    """Each method but `endpoint_gone` is called with the lock held once, as moto is inside a request."""

    def __init__(self, context: Context, capacity: Capacity) -> None:
        self._context = context
        self._capacity = capacity
        self._backend: Any = applicationautoscaling_backends[context.account][context.region]
        self._cloudwatch = cloudwatch_backends[context.account][context.region]

    def check(self, dimension: str, resource_id: str, least: int | None, most: int | None) -> Resource:
        """Whether this may be registered, or registered again; SageMaker is asked with the lock let go.

        Raises:
            AWSValidationException: it may not.

        """
        known = self._backend.targets.get(dimension, {}).get(resource_id)
        least = known.min_capacity if least is None and known else least
        most = known.max_capacity if most is None and known else most
        if least is None or most is None:
            raise AWSValidationException("MinCapacity and MaxCapacity are required to register a scalable target.")
        if least > most:
            raise AWSValidationException("Maximum capacity cannot be less than minimum capacity.")
        try:
            found = resource(dimension, resource_id)
            if known is None:
                with self._context.serial.released():
                    self._capacity.check(found)
        except NotScalable as error:
            raise AWSValidationException(str(error)) from error
        return found

    def put(self, store: Callable[..., Any], members: Members) -> Any:
        """Keep a policy: under the ARN it has, with new alarms.

        Raises:
            JsonRESTError: it does not fit its dimension, or its target is not registered.

        """
        key = (members["scalable_dimension"], members["resource_id"])
        if key[1] not in self._backend.targets.get(key[0], {}):
            raise not_found(f"No scalable target registered for {_which(*key)}")
        old = next((each for each in self._of(*key) if each.policy_name == members["policy_name"]), None)
        check_policy(key[0], members["policy_type"] or (old and old.policy_type), members["policy_body"])
        policy = store(self._backend, **members)
        if old is not None:
            old.delete_alarms(self._context.account, self._context.region)
            policy.policy_arn, policy.creation_time = old.policy_arn, old.creation_time
        if policy.policy_type == "TargetTrackingScaling":
            policy.alarms = tracking_alarms.create(self._cloudwatch, policy, resource(*key))
        return policy

    def remove(self, dimension: str, resource_id: str) -> None:
        """Deregister: its policies, their alarms and its scheduled actions go too.

        Raises:
            JsonRESTError: it is not registered.

        """
        if resource_id not in self._backend.targets.get(dimension, {}):
            raise not_found(f"No scalable target found for {_which(dimension, resource_id)}")
        for policy in self._of(dimension, resource_id):
            self._backend.delete_scaling_policy(policy.policy_name, "sagemaker", resource_id, dimension)
        for action in self._backend.describe_scheduled_actions(None, "sagemaker", resource_id, dimension):
            self._backend.scheduled_actions.remove(action)
        del self._backend.targets[dimension][resource_id]

    def endpoint_gone(self, name: str) -> None:
        """SageMaker deregisters the variants of an endpoint it deletes."""
        with self._context.serial:
            for dimension in DIMENSIONS:
                for each in list(self._backend.targets.get(dimension, {})):
                    if each.startswith(f"endpoint/{name}/"):
                        self.remove(dimension, each)

    def _of(self, dimension: str, resource_id: str) -> list[Any]:
        return [
            policy
            for policy in self._backend.policies.values()
            if (policy.scalable_dimension, policy.resource_id) == (dimension, resource_id)
        ]


def check_policy(dimension: str, kind: str | None, body: Mapping[str, Any] | None) -> None:
    """What no shape says of a policy.

    Raises:
        AWSValidationException: a sentence that says what does not fit.

    """
    body = body or {}
    if kind == "StepScaling" and not (body.get("StepAdjustments") and body.get("AdjustmentType")):
        raise AWSValidationException("A step scaling policy needs an AdjustmentType and at least one StepAdjustment.")
    if kind == "TargetTrackingScaling":
        _check_tracking(dimension, body)


def _check_tracking(dimension: str, body: Mapping[str, Any]) -> None:
    if ("PredefinedMetricSpecification" in body) == ("CustomizedMetricSpecification" in body):
        raise AWSValidationException("Specify either a predefined metric or a customized metric, and not both.")
    if not body.get("TargetValue", 0) > 0:
        raise AWSValidationException("TargetValue must be greater than 0.")
    kind = body.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
    if kind is not None and kind not in allowed(dimension):
        raise AWSValidationException(
            f"Scalable dimension {dimension} only supports the following predefined metric types: "
            f"{', '.join(allowed(dimension))}"
        )


def not_found(message: str) -> JsonRESTError:
    """Application Auto Scaling's own code for what is not registered."""
    return JsonRESTError("ObjectNotFoundException", message)


def _which(dimension: str, resource_id: str) -> str:
    return f"service namespace: sagemaker, resource ID: {resource_id}, scalable dimension: {dimension}"
