"""How large a request may be: what surely is too large is said so before it is sent.

Where AWS's pages differ, the largest number counts here, and SageMaker itself says the rest: of instances, one page
says 25 MB (deploy-model-options), another 6 MB (model-deploy-feature-matrix).
"""

from typing import IO

from botocore.exceptions import ParamValidationError

ON_INSTANCES = 25 * 2**20
MOST = {"serverless": 4 * 2**20, "asynchronous": 2**30}
"""Bytes by serving option (SageMaker guide, serverless-endpoints-invoke and async-inference); else `ON_INSTANCES`."""


class TooLong(ParamValidationError):
    """A body that is not sent, because it is larger than what would have to take it."""

    fmt = "it has {size:,} bytes, and the host that serves the model takes {most:,} at most"


def check(size: int, most: int) -> None:
    """TooLong when `size` is above `most`, both in bytes."""
    if size > most:
        raise TooLong(size=size, most=most)


def size_of(body: bytes | bytearray | str | IO[bytes]) -> int:
    """How long it is, as far as that can be known without reading it (a text: at least)."""
    if isinstance(body, bytes | bytearray | str):
        return len(body)
    if not body.seekable():
        return 0
    here = body.tell()
    size = body.seek(0, 2) - here
    body.seek(here)
    return size
