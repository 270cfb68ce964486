"""What an invocation came to, in the words Lambda itself uses for it."""

import json
from dataclasses import dataclass

RESPONSE_LIMIT = 6_291_556  # bytes Lambda returns at most from a synchronous invocation


@dataclass(frozen=True)
class Outcome:
    """The payload a caller gets; `error` is the `FunctionError` header, or None when the handler returned."""

    payload: bytes
    error: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the function, not the service, went wrong."""
        return self.error is not None

    @classmethod
    def broken(cls, error_type: str, message: str) -> "Outcome":
        """A failure the handler did not report itself: it timed out, exited or could not start."""
        return cls(json.dumps({"errorType": error_type, "errorMessage": message}).encode(), "Unhandled")

    @classmethod
    def timed_out(cls, request_id: str, seconds: int) -> "Outcome":
        """The environment was stopped when the function's timeout had passed."""
        return cls.broken(
            "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
        )

    @classmethod
    def exited(cls, request_id: str, status: int) -> "Outcome":
        """The process ended while it had an event in hand."""
        how = f"exit status {status}" if status >= 0 else f"signal: {-status}"
        return cls.broken("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}")

    @classmethod
    def returned(cls, payload: bytes) -> "Outcome":
        """The handler's answer, unless it is larger than Lambda returns."""
        if len(payload) <= RESPONSE_LIMIT:
            return cls(payload)
        limit = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
        return cls.broken("Function.ResponseSizeTooLarge", limit)
