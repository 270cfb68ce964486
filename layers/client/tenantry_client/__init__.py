"""Tenantry's data plane: call a tenant's live model without knowing where it is served.

from tenantry_client import Tenantry

acme = Tenantry(tenant="acme")
answer = acme.invoke("churn", b"0.1,0.2,0.3,0.4", content_type="text/csv")
answer.body, answer.version, answer.generation

receipt = acme.invoke_async("letters", b"...", content_type="text/plain")
receipt.id, receipt.output
"""

from tenantry_client._client import Tenantry
from tenantry_client._clients import Clients, connect
from tenantry_client._counting import Emit, Tally, to_cloudwatch
from tenantry_client._errors import (
    InvalidRequest,
    ModelFailed,
    NoRoute,
    NotAllowed,
    NotReady,
    TargetGone,
    TenantryError,
    TenantSuspended,
    Throttled,
    TimedOut,
    TooLarge,
    Unavailable,
)
from tenantry_client._insisting import Answer
from tenantry_client._making import Region
from tenantry_client._requests import Receipt

__all__ = [
    "Answer",
    "Clients",
    "Emit",
    "InvalidRequest",
    "ModelFailed",
    "NoRoute",
    "NotAllowed",
    "NotReady",
    "Receipt",
    "Region",
    "Tally",
    "TargetGone",
    "TenantSuspended",
    "Tenantry",
    "TenantryError",
    "Throttled",
    "TimedOut",
    "TooLarge",
    "Unavailable",
    "connect",
    "to_cloudwatch",
]
