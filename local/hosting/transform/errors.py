"""How transform jobs go wrong, in the words of DescribeTransformJob's FailureReason.

FailureReason is `<side>: <sentence>`. ClientError is the fault of what the user gave (data, paths, the model's 4xx
answers), AlgorithmError that of the container, InternalServerError SageMaker's own. What failed on a file is in the
job's data log; the reason then only points there.
"""

from collections.abc import Collection
from typing import Literal

Side = Literal["ClientError", "AlgorithmError", "InternalServerError"]

INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
SEE_LOGS = "See job logs for more information"


class JobFailed(Exception):
    """The whole job cannot go on; the message is its FailureReason."""

    def __init__(self, side: Side, sentence: str) -> None:
        super().__init__(f"{side}: {sentence}")


class FileFailed(Exception):
    """One input file has no output; the job goes on with the others."""

    def __init__(self, side: Side, sentence: str) -> None:
        super().__init__(sentence)
        self.side: Side = side


class JobStopped(Exception):
    """Somebody asked the job to stop."""


def reason(sides: Collection[Side]) -> str:
    """The FailureReason of a job some files of which failed, or nothing when none did."""
    if not sides:
        return ""
    if "InternalServerError" in sides:
        return INTERNAL
    return f"{'AlgorithmError' if 'AlgorithmError' in sides else 'ClientError'}: {SEE_LOGS}"
