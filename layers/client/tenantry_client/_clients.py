"""The two boto3 clients behind a `Tenantry`, with the timeouts and pools a data plane needs."""

from typing import Any, NamedTuple

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver

CONNECTIONS = 256
"""Pool size. Connections are opened as calls in flight need them and kept; beyond the pool each call opens its own."""
READ_TIMEOUT = 70.0
"""Seconds. SageMaker cuts an invocation at 60 s; what comes later is a network fault."""


class Clients(NamedTuple):
    """`runtime`: sagemaker-runtime; `dynamodb`: dynamodb. Safe to share between threads and tenants.

    `s3`, for requests that are answered later, is made when it is first needed where it is `None`.
    """

    runtime: Any
    dynamodb: Any
    s3: Any = None


def connect(
    session: boto3.Session | None = None, *, connections: int = CONNECTIONS, read_timeout: float = READ_TIMEOUT
) -> Clients:
    """Make both clients once, to share them between tenants that use the same credentials."""
    session = session or boto3.Session()
    return Clients(
        session.client("sagemaker-runtime", config=invoke_config(connections, read_timeout)),
        session.client("dynamodb", config=_READ),
    )


def in_region(session: boto3.Session, region: str) -> boto3.Session:
    """A session with the same credentials for another region."""
    core = botocore.session.Session(profile=None if session.profile_name == "default" else session.profile_name)
    core.register_component("credential_provider", CredentialResolver([_Borrowed(session)]))
    return boto3.Session(botocore_session=core, region_name=region)


class _Borrowed(CredentialProvider):
    """The credentials of another session, which renews them."""

    METHOD = "tenantry"
    CANONICAL_NAME = None

    def __init__(self, lender: boto3.Session) -> None:
        super().__init__()
        self._lender = lender

    def load(self) -> Any:
        return self._lender.get_credentials()


def invoke_config(connections: int = CONNECTIONS, read_timeout: float = READ_TIMEOUT) -> Config:
    """How InvokeEndpoint is called: no retries of botocore's, connections kept open and alive."""
    return Config(
        connect_timeout=3,
        read_timeout=read_timeout,
        max_pool_connections=connections,
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": 1},
    )


_READ = Config(
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=CONNECTIONS,
    tcp_keepalive=True,
    retries={"mode": "standard", "total_max_attempts": 3},
)
