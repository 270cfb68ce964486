"""What moto lacks for this stack, one file per gap; each says what AWS does there."""

from local.context import Context
from local.seams import (
    attributes,
    buckets,
    event_rules,
    execution_api,
    execution_events,
    interpreter,
    jsonata_expressions,
    lambda_functions,
    long_polls,
    notifications,
    s3_events,
    sam_transform,
    schedule_api,
    stack_resources,
    stack_updates,
    state_machines,
    tables,
)

SEAMS = (
    stack_resources,  # first: CloudFormation looks for its resource types once
    sam_transform,
    stack_updates,
    attributes,
    buckets,
    tables,
    lambda_functions,
    long_polls,
    state_machines,
    interpreter,
    jsonata_expressions,
    execution_events,
    execution_api,
    s3_events,
    event_rules,
    notifications,
    schedule_api,
)


def install_all(context: Context) -> None:
    """Fill every gap that needs nothing but the context."""
    for seam in SEAMS:
        seam.install(context)
