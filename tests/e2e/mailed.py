"""Tenants whose mail a test reads, dropped as the session begins: nobody has mail more than once a minute.

So what is told of them at first, that they are READY and `batches` has a version, does not hold up what is asked for.
"""

from typing import Any

from local.context import ACCOUNT, REGION

ANSWERS = "answers-of-a-tenant"
"""The queue that the profile of `queued` names."""
SAMPLE = {"content_type": "text/csv", "body": "0.1,0.2,0.3,0.4"}
NIGHTLY = {
    "serving": "multi-model",
    "fleet": "sklearn",
    "sample": SAMPLE,
    "batch": {"schedule": "cron(0 2 * * ? *)"},  # it does not come in time
}
QUEUED = {
    "serving": "asynchronous",
    "framework": "sklearn",
    "instances": {"min": 0, "max": 1},
    "sample": SAMPLE,
    "deliver": [f"arn:aws:sqs:{REGION}:{ACCOUNT}:{ANSWERS}"],
}
PROFILES: dict[str, dict[str, Any]] = {
    "asked": {"fleet": "light", "approval": "manual", "offboard_after": 0},
    "batches": {"models": {"churn": NIGHTLY}},
    "queued": {"isolation": "silo", "models": {"churn": QUEUED}},
}
"""What differs from the profile of any other tenant, by the first word of its name."""
