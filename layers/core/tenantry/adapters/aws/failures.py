"""The one place where boto's errors become ours. What is not known here is raised again as it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnectionError

from tenantry.domain.errors import Unavailable

NETWORK = (HTTPClientError, NoConnectionError, IncompleteReadError)
"""No answer, or half of one: whether the call was carried out is not known."""

LATER = frozenset(
    {
        "BandwidthLimitExceeded",
        "ConcurrentUpdateException",
        "ConditionalRequestConflict",
        "ExecutionLimitExceeded",
        "KMSThrottling",
        "LimitExceededException",
        "OperationAborted",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Codes with which AWS says that the same call may succeed later, and that it did nothing now."""


def code(error: ClientError) -> str:
    """AWS's own name of the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def message(error: ClientError) -> str:
    """AWS's own words."""
    return str(error.response.get("Error", {}).get("Message") or code(error))


def status(error: ClientError) -> int:
    """The HTTP status, 0 when there is none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def retries(error: ClientError) -> int:
    """How many times the SDK had tried before, by itself."""
    return int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0))


def says_later(error: ClientError) -> bool:
    """Refused for now: throttled, or another call is in the way."""
    return code(error) in LATER


def answer_unknown(error: Exception) -> bool:
    """Nobody can tell from this error whether the call was carried out."""
    if isinstance(error, ClientError):
        return status(error) >= 500 and not says_later(error)
    return isinstance(error, NETWORK)


@contextmanager
def translated() -> Iterator[None]:
    """Unavailable instead of boto's throttles, timeouts, resets and 5xx; usable as a decorator."""
    try:
        yield
    except ClientError as error:
        if says_later(error) or answer_unknown(error):
            raise Unavailable(f"{error.operation_name}: {message(error)}") from error
        raise
    except NETWORK as error:
        raise Unavailable(str(error)) from error
