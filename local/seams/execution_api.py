"""StartExecution, StopExecution and GetExecutionHistory.

moto calls every execution without a name "None", so that the second is refused, forgets the error and cause an
execution is stopped with, and always answers the whole history, oldest first. Step Functions makes up a name, keeps
both, and answers pages in the order asked for.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local.context import Context
from local.seams.replace import replace

PAGE = 100  # events per page when the caller names no number; 1000 at most


def install(_context: Context) -> None:
    """Answer all three in full."""
    start = replace(StepFunctionsParserBackend, "start_execution", None)

    def start_named(backend: Any, state_machine_arn: str, name: str | None = None, *more: Any, **rest: Any) -> Any:
        return start(backend, state_machine_arn, name or str(uuid.uuid4()), *more, **rest)

    replace(StepFunctionsParserBackend, "start_execution", start_named)
    replace(StepFunctionResponse, "stop_execution", _stop)
    replace(StepFunctionResponse, "get_execution_history", _history)


def _stop(request: Any) -> Any:
    execution = request.stepfunction_backend.describe_execution(request._get_param("executionArn"))
    execution.stop(datetime.now(tz=UTC), request._get_param("error"), request._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


def _history(request: Any) -> Any:
    answer = request.stepfunction_backend.get_execution_history(request._get_param("executionArn"))
    events = list(answer["events"])
    if request._get_param("reverseOrder"):
        events.reverse()
    start = int(request._get_param("nextToken") or 0)
    end = start + min(int(request._get_param("maxResults") or PAGE), 1000)
    more = {"nextToken": str(end)} if end < len(events) else {}
    return ActionResult({"events": events[start:end], **more})
