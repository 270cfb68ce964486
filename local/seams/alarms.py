"""CloudWatch's alarms: the state they begin in, the state they keep, and what setting it sets off.

moto begins with OK and forgets the state when an alarm is put again; CloudWatch begins with INSUFFICIENT_DATA, leaves
the state of an existing alarm as it is, and carries out the actions of a state that was set by hand.
"""

from typing import Any

from moto.cloudwatch.models import CloudWatchBackend

from local.alarms.watch import Alarms
from local.context import Context
from local.seams.replace import replace

_KEPT = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


def install(_context: Context, alarms: Alarms) -> None:
    """Begin as CloudWatch does, and tell the watch of states that are set."""
    put = replace(CloudWatchBackend, "put_metric_alarm", None)
    set_state = replace(CloudWatchBackend, "set_alarm_state", None)

    def put_and_keep_state(backend: Any, name: str, **members: Any) -> Any:
        old = backend.alarms.get(name)
        alarm = put(backend, name=name, **members)
        alarm.state_value = "INSUFFICIENT_DATA"
        for attribute in _KEPT if old is not None else ():
            setattr(alarm, attribute, getattr(old, attribute))
        return alarm

    def set_and_tell(backend: Any, alarm_name: str, reason: str, reason_data: str, state_value: str) -> None:
        before = backend.alarms[alarm_name].state_value if alarm_name in backend.alarms else None
        set_state(backend, alarm_name, reason, reason_data, state_value)
        alarms.was_set(backend.alarms[alarm_name], before)

    replace(CloudWatchBackend, "put_metric_alarm", put_and_keep_state)
    replace(CloudWatchBackend, "set_alarm_state", set_and_tell)
