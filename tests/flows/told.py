"""Events as AWS sends them (aws.md 5.1, 5.4)."""

import json
from datetime import datetime
from typing import Any

from tenantry.ports import ObjectVersion
from tests.flows.interpreter import Execution

ACCOUNT = "arn:aws:states:us-east-1:123456789012"


def s3_event(what: str, made: ObjectVersion, at: datetime) -> str:
    """An "Object Created" or "Object Deleted", as the intake queue carries it."""
    thing = {"key": made.key, "size": made.size, "version-id": made.version_id, "sequencer": "00"}
    detail = {"bucket": {"name": made.bucket}, "object": thing}
    return json.dumps({"source": "aws.s3", "detail-type": what, "time": at.isoformat(), "detail": detail})


def package_event(detail: dict[str, Any]) -> dict[str, Any]:
    """The "SageMaker Model Package State Change" with this detail."""
    return {"source": "aws.sagemaker", "detail-type": "SageMaker Model Package State Change", "detail": detail}


def obituary(machine: str, run: Execution) -> dict[str, Any]:
    """The "Step Functions Execution Status Change" of an execution that ended."""
    detail = {
        "executionArn": f"{ACCOUNT}:execution:tenantry-{machine}:{run.name}",
        "stateMachineArn": f"{ACCOUNT}:stateMachine:tenantry-{machine}",
        "name": run.name,
        "status": run.status,
        "input": json.dumps(run.payload),
        "error": run.error or None,
        "cause": run.cause or None,
    }
    return {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
