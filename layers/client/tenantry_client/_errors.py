"""Every exception of the client, and which of SageMaker's and botocore's each one stands for.

TenantryError
├── NoRoute             no version of this model is live
├── TenantSuspended     the operator suspended the tenant
├── InvalidRequest      SageMaker refused the request itself, or there is nothing to call; again gives the same
│   ├── TargetGone      or SageMaker knows no such endpoint or target, and the route names no other
│   └── TooLarge        it is larger than what the host takes that serves the model
├── NotAllowed          the credentials do not reach this model
├── ModelFailed         the model's own container answered with an error
├── NotReady            the model was still loading when patience ran out
├── Throttled           still throttled after several tries
└── Unavailable         SageMaker or the network failed, several times
    └── TimedOut        no answer in time; not tried again, because it may have been carried out
"""

from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError, ReadTimeoutError

from tenantry_client._sizes import TooLong


class About(NamedTuple):
    """What a call was about. `version` is empty when no route was found."""

    tenant: str
    model: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.tenant}/{self.model}" + (f" version {self.version}" if self.version else "")


class TenantryError(Exception):
    """`str(error)` is one sentence; `about` carries tenant, model and version."""

    def __init__(self, sentence: str, about: About) -> None:
        super().__init__(f"{about}: {sentence}")
        self.about = about


class NoRoute(TenantryError):
    """No version of this model is live (or there is no such tenant or model)."""


class TenantSuspended(TenantryError):
    """The tenant is suspended; its models are not called."""


class InvalidRequest(TenantryError):
    """SageMaker refused the request, or the model is one that nobody can call."""


class TargetGone(InvalidRequest):
    """SageMaker says by one error that there is no such endpoint or target, and that a request is bad: one of both."""


class TooLarge(InvalidRequest):
    """The request is larger than the host takes that serves the model."""


class NotAllowed(TenantryError):
    """The credentials in use may not call this model."""


class ModelFailed(TenantryError):
    """The container answered 4xx or 5xx: `status` and `message` are its own, `log` the ARN of its log stream."""

    def __init__(self, about: About, *, status: int, message: str, log: str) -> None:
        super().__init__(f"the model answered {status}: {message}", about)
        self.status = status
        self.message = message
        self.log = log


class NotReady(TenantryError):
    """The model is being loaded (ModelNotReadyException)."""


class Throttled(TenantryError):
    """SageMaker cannot take more calls now."""


class Unavailable(TenantryError):
    """SageMaker, the route table or the network between failed."""


class TimedOut(Unavailable):
    """No answer within the read timeout."""


_TOO_LARGE = ("content length exceeded", "oversize body", "Value at 'body' failed to satisfy constraint")
"""What SageMaker says of a request that is too large, as people quote it: there is no page that lists it."""
_BY_CODE: dict[str, type[TenantryError]] = {
    "ModelNotReadyException": NotReady,
    "ValidationError": InvalidRequest,
    "ValidationException": InvalidRequest,
    "ThrottlingException": Throttled,
    "TooManyRequestsException": Throttled,
    "RequestLimitExceeded": Throttled,
    "AccessDeniedException": NotAllowed,
    "AccessDenied": NotAllowed,
    "ExpiredTokenException": NotAllowed,
    "UnrecognizedClientException": NotAllowed,
}


def translate(error: ClientError | BotoCoreError, about: About) -> TenantryError:
    """The client's own error for one of botocore's. Codes are those of the sagemaker-runtime model of botocore."""
    if isinstance(error, ClientError):
        return _from_answer(error, about)
    if isinstance(error, ReadTimeoutError):
        return TimedOut("no answer in time", about)
    if isinstance(error, TooLong):
        return _too_large(str(error), about)
    if isinstance(error, ParamValidationError):
        return InvalidRequest(str(error), about)
    return Unavailable(str(error), about)


def is_gone(error: ClientError | BotoCoreError) -> bool:
    """Whether this may mean that the endpoint or the target is no longer there.

    SageMaker says so by ValidationError, as it does of a bad request. Only what its parameter checks
    say ("1 validation error detected: ...") is surely about the request.
    """
    if not isinstance(error, ClientError):
        return False
    told = error.response["Error"]
    message = told.get("Message", "")
    return told.get("Code") == "ValidationError" and " detected: " not in message and not _says_too_large(message)


def _from_answer(error: ClientError, about: About) -> TenantryError:
    code = error.response["Error"].get("Code", "")
    message = error.response["Error"].get("Message") or code
    if code == "ModelError":
        return _from_container(dict(error.response), message, about)
    if code == "413" or _says_too_large(message):
        return _too_large(message, about)
    if is_gone(error):
        return TargetGone(message, about)
    if kind := _BY_CODE.get(code):
        return kind(message, about)
    refused = 400 <= error.response["ResponseMetadata"]["HTTPStatusCode"] < 500
    return (InvalidRequest if refused else Unavailable)(message, about)


def _says_too_large(message: str) -> bool:
    return any(words in message for words in _TOO_LARGE)


def _too_large(why: str, about: About) -> TooLarge:
    return TooLarge(f"the request is too large: {why}; an asynchronous model takes up to 1 GB", about)


def _from_container(response: dict[str, object], message: str, about: About) -> ModelFailed:
    return ModelFailed(
        about,
        status=int(str(response.get("OriginalStatusCode") or 500)),
        message=str(response.get("OriginalMessage") or message),
        log=str(response.get("LogStreamArn") or ""),
    )
