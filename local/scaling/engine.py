"""Carries out scaling policies as alarms ask for it, and keeps registered capacity inside its bounds.

SageMaker is asked only when something has to be decided, and nothing is changed unless it is in service.
"""

import logging
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends

from local.alarms.change import Change, values_in
from local.alarms.pace import MINUTE, Pace
from local.context import Context
from local.scaling import policies
from local.scaling.activities import KEPT, Activity, scaled_to_max
from local.scaling.capacity import Capacity, Level
from local.scaling.decisions import Decision, Measured, Past, decide
from local.scaling.metrics import NAMESPACE, counted
from local.scaling.targets import NotScalable, Resource, resource
from local.scaling.tracking_alarms import is_low

log = logging.getLogger(__name__)


class Scaling:
    """Acts on what moto stores of Application Auto Scaling. `on` is a knob."""

    def __init__(self, context: Context, pace: Pace, capacity: Capacity) -> None:
        self.on = True
        self.capacity = capacity
        self.activities: deque[Activity] = deque(maxlen=KEPT)
        self._context = context
        self._pace = pace
        self._backend: Any = applicationautoscaling_backends[context.account][context.region]
        self._metrics: Any = cloudwatch_backends[context.account][context.region]
        self._past: dict[str, Past] = {}
        self._unsettled: set[Resource] = set()
        self._minute = 0.0
        self._acting = threading.Lock()

    def tick(self, now: float) -> None:
        """Bring inside their bounds what could not be changed before; once a minute tell of traffic there was not."""
        for waiting in sorted(self._unsettled, key=lambda each: each.id):
            self.settle(waiting, now)
        minute = now // self._pace.real(MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._tell_of_no_traffic(minute * self._pace.real(MINUTE))

    def settle(self, found: Resource, now: float) -> None:
        """Move a registered capacity inside its bounds, as soon as it is in service."""
        with self._acting:
            self._unsettled.discard(found)
            target = self._target(found.dimension, found.id)
            level = self._level(found)
            if target is None or level is None:
                return
            if not level.in_service:
                self._unsettled.add(found)
                return
            count = policies.bounds(target).within(level.count)
            side = "minimum" if count > level.count else "maximum"
            self._change(target, found, level, count, f"{side} capacity was set to {count}", now)

    def scale(self, arn: str, change: Change) -> None:
        """Carry out the policy of this ARN for an alarm.

        Raises:
            LookupError: there is no such policy, or its target is not registered any more.

        """
        if not self.on:
            return
        policy = self._policy(arn)
        target = self._target(policy.scalable_dimension, policy.resource_id)
        if target is None:
            raise LookupError(f"No scalable target registered for {policy.resource_id}.")
        with self._acting:
            self._carry_out(policy, target, change)

    def _carry_out(self, policy: Any, target: Any, change: Change) -> None:
        found = resource(target.scalable_dimension, target.resource_id)
        level = self._level(found)
        if level is None or not level.in_service:
            return
        decision = self._decided(policy, target, change, level)
        if decision.count == level.count or policies.suspended(target, decision.count, level.count):
            return
        cause = f"monitor alarm {change.alarm.name} in state {change.state} triggered policy {policy.policy_name}"
        if self._change(target, found, level, decision.count, f"{cause}: {decision.reason}", change.at):
            self._past[policy.policy_arn] = decision.past

    def _decided(self, policy: Any, target: Any, change: Change, level: Level) -> Decision:
        """What the policy wants; a scale-in is what all target tracking policies agree to, and the largest of it."""
        measured = Measured(change.values, float(change.alarm.threshold or 0))
        decision = self._decide(policy, target, measured, level, change.at)
        if not is_low(change.alarm) or decision.count >= level.count:
            return decision
        others = [self._decide_low(other, target, level, change.at) for other in self._siblings(policy)]
        return max([decision, *others], key=lambda each: each.count)

    def _decide(self, policy: Any, target: Any, measured: Measured, level: Level, now: float) -> Decision:
        past = self._past.get(policy.policy_arn, Past())
        rule = policies.decided_by(policy, self._pace)
        return decide(rule, measured, policies.bounds(target), level.count, past, now)

    def _decide_low(self, policy: Any, target: Any, level: Level, now: float) -> Decision:
        low = next((alarm for alarm in policy.alarms if is_low(alarm)), None)
        if low is None or low.state_value != "ALARM":
            return Decision(level.count, f"the policy {policy.policy_name} is not ready to scale in", Past())
        return self._decide(policy, target, Measured(values_in(low.state_reason_data)), level, now)

    def _change(self, target: Any, found: Resource, level: Level, count: int, cause: str, now: float) -> bool:
        """Set the capacity and tell of it; whether SageMaker took it. An equal one is none."""
        if count == level.count:
            return False
        failure = self._refusal(found, count, level)
        activity = Activity(found, level.count, count, cause, now, failure)
        self.activities.append(activity)
        bounds = policies.bounds(target)
        if not failure and count > level.count and count == bounds.most:
            self._context.bus.emit(scaled_to_max(activity, bounds, self._context.account, self._context.region))
        return not failure

    def _refusal(self, found: Resource, count: int, level: Level) -> str:
        try:
            self.capacity.write(found, count, level)
        except (ClientError, BotoCoreError) as error:
            return str(error)
        return ""

    def _level(self, found: Resource) -> Level | None:
        try:
            return self.capacity.read(found)
        except (NotScalable, ClientError, BotoCoreError) as error:
            log.warning("%s cannot be scaled: %s", found.id, error)
            return None

    def _tell_of_no_traffic(self, end: float) -> None:
        """SageMaker sends zeros for variants and components that scale by their traffic and have none."""
        at = datetime.fromtimestamp(end - self._pace.real(1.0), UTC).replace(tzinfo=None)
        with self._context.serial:
            for policy in list(self._backend.policies.values()):
                metric = counted(policy)
                if metric:
                    found = resource(policy.scalable_dimension, policy.resource_id)
                    dimensions = [{"Name": name, "Value": value} for name, value in sorted(found.dimensions)]
                    datum = {"MetricName": metric, "Dimensions": dimensions, "Value": 0.0, "Timestamp": at}
                    self._metrics.put_metric_data(NAMESPACE, [datum])

    def _policy(self, arn: str) -> Any:
        with self._context.serial:
            for policy in self._backend.policies.values():
                if policy.policy_arn == arn.partition(":createdBy/")[0]:
                    return policy
        raise LookupError(f"There is no scaling policy {arn}.")

    def _siblings(self, policy: Any) -> list[Any]:
        """The other target tracking policies of its target that scale in."""
        with self._context.serial:
            return [
                other
                for other in self._backend.policies.values()
                if other is not policy
                and (other.scalable_dimension, other.resource_id) == (policy.scalable_dimension, policy.resource_id)
                and other.policy_type == "TargetTrackingScaling"
                and not other.target_tracking_scaling_policy_configuration.get("DisableScaleIn")
            ]

    def _target(self, dimension: str, resource_id: str) -> Any:
        with self._context.serial:
            return self._backend.targets.get(dimension, {}).get(resource_id)
