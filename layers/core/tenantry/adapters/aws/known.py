"""What SageMaker's control plane says when a call was made before, or cannot be made.

SageMaker has no error codes of its own for "exists" and "is not there": both are `ValidationException`, told apart by
how the message begins, followed by the ARN in quotation marks. The forms are those that AWS's own Kubernetes operator
recognises (aws/amazon-sagemaker-operator-for-k8s, package clientwrapper) and that users quote: "already existing" in
aws/amazon-sagemaker-examples issue 2491 and awslabs/spot-tagging-bot-for-digital-assets issue 2, "could not find" in
aws/amazon-sagemaker-examples issues 2402 and 2339. Application Auto Scaling does have a code of its own,
`ObjectNotFoundException` (its API reference), and so does CreateTransformJob, `ResourceInUse` (botocore's model). A job
that has ended is not stopped: "was rejected because the ... job is in status" (awslabs/benchmark-ai issue 928).

Of inference components less is known: "Could not find inference component" is what AWS's Python SDK looks for
(aws/sagemaker-python-sdk, ModelBuilder), that a deletion which goes on is refused with DELETE_IN_PROGRESS what
Terraform's provider found (hashicorp/terraform-provider-aws pull request 48894), that an endpoint does not go before
its components what gruntwork-io/cloud-nuke pull request 1142 quotes. So for them words may stand anywhere.

The Model Registry has words of its own: "Model Package Group already exists" (apache/airflow pull request 28024), and
"ModelPackageGroup arn:... does not exist." (aws-controllers-k8s/code-generator, its SageMaker tests).
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
    "CreateModelPackageGroup": (("ValidationException", "Model Package Group already exists"),),
    "StopTransformJob": (
        ("ValidationException", "The request was rejected because the transform job is in status"),
        ("ValidationException", "Could not find"),
        ("ValidationException", "Requested resource not found"),
        ("ResourceNotFound", ""),
    ),
    "DeleteModel": (("ValidationException", "Could not find model"),),
    "DeleteEndpointConfig": (("ValidationException", "Could not find endpoint configuration"),),
    "DeleteEndpoint": (("ValidationException", "Could not find endpoint"),),
    "DeleteInferenceComponent": (("ValidationException", "Could not find inference component"),),
    "DeregisterScalableTarget": _NOT_SCALED,
    "DeleteScalingPolicy": _NOT_SCALED,
    "DeleteAlarms": (("ResourceNotFound", ""), ("ResourceNotFoundException", "")),
}
"""Per operation, the codes and beginnings of messages that mean: it is as it should be already."""

_REMOVES = {"DeleteModelPackage", "DeleteModelPackageGroup"}
_COMPONENT_DONE = {"CreateInferenceComponent": "already exist", "DeleteInferenceComponent": "DELETE_IN_PROGRESS"}
"""Words that mean the same, anywhere in the message."""
_IN_THE_WAY = ("Cannot update in-progress endpoint", "Cannot delete endpoint")

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
    said = any(code(error) == known and message(error).startswith(words) for known, words in DONE.get(operation, ()))
    words = _COMPONENT_DONE.get(operation)
    if operation in _REMOVES and gone(error):
        return True
    return said or (code(error) == "ValidationException" and words is not None and words in message(error))


def gone(error: ClientError) -> bool:
    """A call named a resource that does not exist (any more), of whatever kind."""
    said = message(error)
    words = said.startswith(("Could not find", "Requested resource not found")) or said.endswith("does not exist.")
    return code(error) == "ResourceNotFound" or (code(error) == "ValidationException" and words)


def in_the_way(error: ClientError) -> bool:
    """Another change of the same endpoint or component has not ended yet."""
    said = message(error)
    return code(error) == "ValidationException" and (said.startswith(_IN_THE_WAY) or "_IN_PROGRESS" in said)


def refused(error: ClientError) -> bool:
    """Asking again will not help: the parameters, a quota, or something that is not there."""
    return code(error) in _REFUSED
