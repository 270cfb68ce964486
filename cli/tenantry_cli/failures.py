"""How a command fails: one sentence that says what to do, on standard error, and an exit status."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
)

import tenantry_client
from tenantry.domain.errors import TenantryError, Unavailable
from tenantry_cli.consoles import err
from tenantry_cli.settings import Misconfigured

BAD, USAGE, STOPPED = 1, 2, 130


@contextmanager
def plainly() -> Iterator[None]:
    """Failures as one sentence and what to do, on standard error; never a stack trace for what is not a bug."""
    try:
        yield
    except KeyboardInterrupt:
        fail("stopped", STOPPED)
    except BrokenPipeError:
        raise  # whoever read has left: Click ends quietly
    except Unavailable as error:
        cause = error.__cause__
        fail(sentence(cause) if isinstance(cause, BotoCoreError) else str(error), USAGE)
    except (TenantryError, tenantry_client.TenantryError) as error:
        fail(str(error), BAD)
    except (Misconfigured, OSError) as error:
        fail(str(error), USAGE)
    except (ClientError, BotoCoreError) as error:
        fail(sentence(error), USAGE)


def sentence(error: ClientError | BotoCoreError) -> str:
    """What went wrong between us and AWS, and what to do about it."""
    match error:
        case ClientError():
            return _refusal(error)
        case NoCredentialsError():
            return "there are no AWS credentials: set AWS_PROFILE or run `aws configure`; local cloud: `. .local/env`"
        case NoRegionError():
            return "there is no AWS region: set AWS_DEFAULT_REGION; for the local cloud: `. .local/env`"
        case EndpointConnectionError() | ConnectTimeoutError():
            return f"{error}: check the network; if this is the local cloud, start it with `make up`"
    return str(error)


def _refusal(error: ClientError) -> str:
    told = error.response["Error"]
    text = f"AWS refused {error.operation_name}: {told.get('Message') or told.get('Code')}"
    if told.get("Code") in {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}:
        return f"{text}; use credentials that may call it"
    if told.get("Code") in {"ExpiredToken", "ExpiredTokenException"}:
        return f"{text}; sign in again"
    return text


def fail(text: str, status: int) -> NoReturn:
    """Say it and leave with this status."""
    err().print(f"tenantry: {text}", markup=False)
    raise typer.Exit(status)
