"""Step Functions' status changes on EventBridge.

moto sends none, and an execution it was told to stop goes on counting as running until its task ends. Step Functions
tells of every status an execution takes (best effort, as the faults can show), and stopping takes effect at once.
"""

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

from local.context import Context
from local.events.bus import now_iso
from local.seams.replace import replace

INPUT_LIMIT = 248 * 1024  # characters of input and output together that an event can carry


def install(context: Context) -> None:
    """Tell of the start and of the end of each execution, once."""
    start = replace(Execution, "start", None)
    stop = replace(Execution, "stop", None)
    end = replace(BaseExecutionWorkerCommunication, "terminated", None)

    def start_and_tell(execution: Any) -> None:
        context.bus.emit(status_event(context, execution, "RUNNING"))
        start(execution)

    def end_and_tell(communication: Any) -> None:
        execution = communication.execution
        if execution.exec_status is ExecutionStatus.ABORTED:
            return
        end(communication)
        context.bus.emit(status_event(context, execution, execution.status))

    def stop_at_once(execution: Any, stop_date: Any, error: str | None, cause: str | None) -> None:
        if execution.exec_status is not ExecutionStatus.RUNNING:
            return
        _wait_until_begun(execution)
        stop(execution, stop_date, error, cause)
        execution.exec_status, execution.stop_date = ExecutionStatus.ABORTED, datetime.now(tz=UTC)
        execution.error, execution.cause = error, cause
        context.bus.emit(status_event(context, execution, "ABORTED"))

    replace(Execution, "start", start_and_tell)
    replace(Execution, "stop", stop_at_once)
    replace(BaseExecutionWorkerCommunication, "terminated", end_and_tell)


def status_event(context: Context, execution: Any, status: str) -> dict[str, Any]:
    """`Step Functions Execution Status Change`."""
    text, result = execution.execution_input, None
    if status == "SUCCEEDED":
        result = to_json_str(execution.output, separators=(",", ":"))
    fits = len(json.dumps(text)) + len(json.dumps(result)) <= INPUT_LIMIT
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": context.account,
        "time": now_iso(),
        "region": context.region,
        "resources": [execution.exec_arn],
        "detail": {
            "executionArn": execution.exec_arn,
            "stateMachineArn": execution.state_machine.arn,
            "name": execution.name,
            "status": status,
            "startDate": _millis(execution.start_date),
            "stopDate": _millis(execution.stop_date),
            "input": text if fits else None,
            "output": result if fits else None,
            "inputDetails": {"included": fits},
            "outputDetails": {"included": fits} if result is not None else None,
            "error": execution.error,
            "cause": execution.cause,
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE" if status in ("RUNNING", "SUCCEEDED") else "REDRIVABLE",
        },
    }


def _millis(moment: datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None


def _wait_until_begun(execution: Any) -> None:
    """The interpreter sets itself up on a thread of its own and cannot be stopped before."""
    deadline = time.monotonic() + 5
    while execution.exec_worker.env is None and time.monotonic() < deadline:
        time.sleep(0.005)
