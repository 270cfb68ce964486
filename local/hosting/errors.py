"""The errors of SageMaker's two APIs, with the codes, HTTP statuses and sentences the service uses.

ApiError
├── control plane (JSON 1.1)   validation · limit_exceeded · throttled · unknown_operation
└── runtime (REST)             not_valid · model_error · not_ready · internal_failure
"""

from collections.abc import Sequence
from typing import Any

from local.contract import Flaw


class ApiError(Exception):
    """What the caller gets: an error code, an HTTP status, a sentence, and members of the error's shape."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members


class CalledTooOften(ApiError):
    """The token bucket of this operation is empty."""

    def __init__(self) -> None:
        super().__init__("ThrottlingException", "Rate exceeded", 400)


class NoInstance(ApiError):
    """Nothing of the variant is in service."""

    def __init__(self) -> None:
        super().__init__("ServiceUnavailable", "No instance of the endpoint is in service.", 503)


def validation(message: str) -> ApiError:
    """A control-plane request that is not valid, or names what does not exist."""
    return ApiError("ValidationException", message)


def missing(what: str, arn: str) -> ApiError:
    """SageMaker's spelling of "there is no such thing"."""
    return validation(f'Could not find {what} "{arn}".')


def exists(what: str, arn: str) -> ApiError:
    """SageMaker's spelling of "there is one already"."""
    return validation(f'Cannot create already existing {what} "{arn}".')


def limit_exceeded(quota: str, limit: int, used: int, delta: int, unit: str) -> ApiError:
    """A quota of the account that this request would pass."""
    return ApiError(
        "ResourceLimitExceeded",
        f"The account-level service limit '{quota}' is {limit} {unit}, with current utilization of {used} {unit} "
        f"and a request delta of {delta} {unit}. Please use AWS Service Quotas to request an increase for this quota.",
    )


def unknown_operation(name: str) -> ApiError:
    """An operation this emulation does not serve."""
    return ApiError("UnknownOperationException", f"The local cloud does not serve {name}.", 400)


def not_valid(message: str) -> ApiError:
    """A runtime request that is not valid; the runtime spells it `ValidationError`."""
    return ApiError("ValidationError", message)


def no_endpoint(name: str, account: str) -> ApiError:
    """The runtime's answer for an endpoint that is not there or not in service yet."""
    return not_valid(f"Endpoint {name} of account {account} not found.")


def no_component(name: str, endpoint: str) -> ApiError:
    """The runtime's answer for an inference component that the endpoint does not host."""
    return not_valid(f"Inference Component {name} is not found for endpoint {endpoint}.")


def no_capacity() -> ApiError:
    """The runtime's answer while an inference component has no copy."""
    return not_valid(
        "Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if "
        "configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API."
    )


def no_artifact(bucket: str, key: str) -> ApiError:
    """The artifact of a target could not be read."""
    return not_valid(
        f"Failed to download model data(bucket: {bucket}, key: {key}). Please ensure that there is an object located "
        "at the URL and that the role passed to CreateModel has permissions to download the model."
    )


def bad_archive(bucket: str, key: str, why: str) -> ApiError:
    """The artifact is there and is no gzipped tar."""
    return not_valid(
        f"Failed to extract model data archive from URL s3://{bucket}/{key}: {why}. Please ensure that the object "
        "located at the URL is a valid tar.gz archive."
    )


def model_error(status: int, message: str, stream: str, container: str = "primary") -> ApiError:
    """The container answered with an error; its own words are in `OriginalMessage`."""
    side = "client" if 400 <= status < 500 else "server"
    return ApiError(
        "ModelError",
        f'Received {side} error ({status}) from {container} with message "{message}". See the logs of the endpoint.',
        424,
        OriginalStatusCode=status,
        OriginalMessage=message,
        LogStreamArn=stream,
    )


def not_ready(target: str) -> ApiError:
    """The target is still being downloaded or loaded; the load goes on."""
    return ApiError("ModelNotReadyException", f"The model {target} is not ready for inference yet. Try again.", 429)


def internal_failure(message: str = "An exception occurred while sending the request to the model.") -> ApiError:
    """The instance went away under the request."""
    return ApiError("InternalFailure", message, 500)


def sentence(flaws: Sequence[Flaw]) -> str:
    """Constraint violations as AWS prints them: lower camel case paths, counted."""
    plural = "" if len(flaws) == 1 else "s"
    return f"{len(flaws)} validation error{plural} detected: " + "; ".join(_spelled(flaw) for flaw in flaws)


def _spelled(flaw: Flaw) -> str:
    path = ".".join(part[:1].lower() + part[1:] for part in flaw.path)
    shown = "null" if flaw.kind == "required" else f"'{str(flaw.value)[:200]}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {flaw.constraint}"
