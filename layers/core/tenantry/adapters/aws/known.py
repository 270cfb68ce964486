"""What SageMaker's control plane says when a call was made before, or cannot be made.

SageMaker has no error codes of its own for "exists" and "is not there": both are `ValidationException`, told apart by
how the message begins, followed by the ARN in quotation marks. The forms are those that AWS's own Kubernetes operator
recognises (aws/amazon-sagemaker-operator-for-k8s, package clientwrapper) and that users quote: "already existing" in
aws/amazon-sagemaker-examples issue 2491 and awslabs/spot-tagging-bot-for-digital-assets issue 2, "could not find" in
aws/amazon-sagemaker-examples issues 2402 and 2339. Application Auto Scaling does have a code of its own,
`ObjectNotFoundException` (its API reference), and so does CreateTransformJob, `ResourceInUse` (botocore's model).
"""

from botocore.exceptions import ClientError

from tenantry.adapters.aws.failures import code, message

_NOT_SCALED = (("ObjectNotFoundException", ""), ("ValidationException", "No scalable target found"))
"""The second is how moto says it."""

DONE: dict[str, tuple[tuple[str, str], ...]] = {
    "CreateModel": (("ValidationException", "Cannot create already existing model"),),
    "CreateEndpointConfig": (("ValidationException", "Cannot create already existing endpoint configuration"),),
    "CreateEndpoint": (("ValidationException", "Cannot create already existing endpoint"),),
    "CreateTransformJob": (("ResourceInUse", "Job name must be unique"),),
    "DeleteModel": (("ValidationException", "Could not find model"),),
    "DeleteEndpointConfig": (("ValidationException", "Could not find endpoint configuration"),),
    "DeleteEndpoint": (("ValidationException", "Could not find endpoint"),),
    "DeregisterScalableTarget": _NOT_SCALED,
    "DeleteScalingPolicy": _NOT_SCALED,
}
"""Per operation, the codes and beginnings of messages that mean: it is as it should be already."""

_REFUSED = {
    "ConflictException",
    "ObjectNotFoundException",
    "ResourceInUse",
    "ResourceLimitExceeded",
    "ResourceNotFound",
    "ValidationException",
}


def already_done(operation: str, error: ClientError) -> bool:
    """The call created what exists, or deleted what is not there."""
    return any(code(error) == known and message(error).startswith(words) for known, words in DONE.get(operation, ()))


def missing(error: ClientError) -> bool:
    """A describing call named an endpoint that does not exist."""
    return code(error) == "ValidationException" and message(error).startswith("Could not find endpoint")


def gone(error: ClientError) -> bool:
    """A call named a resource that does not exist (any more), of whatever kind."""
    words = message(error).startswith("Could not find")
    return code(error) == "ResourceNotFound" or (code(error) == "ValidationException" and words)


def in_the_way(error: ClientError) -> bool:
    """Another change of the same endpoint has not ended yet."""
    return code(error) == "ValidationException" and message(error).startswith("Cannot update in-progress endpoint")


def refused(error: ClientError) -> bool:
    """Asking again will not help: the parameters, a quota, or something that is not there."""
    return code(error) in _REFUSED
