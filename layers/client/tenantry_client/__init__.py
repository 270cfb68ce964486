"""Tenantry's data plane: call a tenant's live model without knowing where it is served.

from tenantry_client import Tenantry

acme = Tenantry(tenant="acme")
answer = acme.invoke("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv")
answer.body, answer.version, answer.generation
"""

from tenantry_client._client import Answer, Tenantry
from tenantry_client._clients import Clients, connect
from tenantry_client._counting import Emit, Tally
from tenantry_client._errors import (
    InvalidRequest,
    ModelFailed,
    NoRoute,
    NotAllowed,
    NotReady,
    TenantryError,
    TenantSuspended,
    Throttled,
    TimedOut,
    Unavailable,
)

__all__ = [
    "Answer",
    "Clients",
    "Emit",
    "InvalidRequest",
    "ModelFailed",
    "NoRoute",
    "NotAllowed",
    "NotReady",
    "Tally",
    "TenantSuspended",
    "Tenantry",
    "TenantryError",
    "Throttled",
    "TimedOut",
    "Unavailable",
    "connect",
]
