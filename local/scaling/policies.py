"""moto's scaling policies and targets, as decisions read them."""

from typing import Any

from local.alarms.pace import Pace
from local.scaling.decisions import COOLDOWN, Bounds, Policy, Step, Stepping, Tracking


def bounds(target: Any) -> Bounds:
    """MinCapacity and MaxCapacity of a scalable target."""
    return Bounds(int(target.min_capacity), int(target.max_capacity))


def decided_by(policy: Any, pace: Pace) -> Policy:
    """The policy with its cooldowns at the pace of the local cloud."""
    if policy.policy_type == "TargetTrackingScaling":
        return _tracking(policy.target_tracking_scaling_policy_configuration, pace)
    return _stepping(policy.step_scaling_policy_configuration, pace)


def _tracking(config: dict[str, Any], pace: Pace) -> Tracking:
    return Tracking(
        target=float(config["TargetValue"]),
        out_cooldown=pace.real(config.get("ScaleOutCooldown", COOLDOWN)),
        in_cooldown=pace.real(config.get("ScaleInCooldown", COOLDOWN)),
        scales_in=not config.get("DisableScaleIn", False),
    )


def _stepping(config: dict[str, Any], pace: Pace) -> Stepping:
    steps = tuple(
        Step(int(step["ScalingAdjustment"]), step.get("MetricIntervalLowerBound"), step.get("MetricIntervalUpperBound"))
        for step in config["StepAdjustments"]
    )
    return Stepping(
        steps=steps,
        adjusts=config["AdjustmentType"],
        cooldown=pace.real(config.get("Cooldown", COOLDOWN)),
        magnitude=int(config.get("MinAdjustmentMagnitude", 0)),
        aggregates=config.get("MetricAggregationType", "Average"),
    )


def suspended(target: Any, wanted: int, current: int) -> bool:
    """Whether the target's SuspendedState holds such a change back."""
    state = target.suspended_state or {}
    return bool(state.get("DynamicScalingOutSuspended" if wanted > current else "DynamicScalingInSuspended", False))
