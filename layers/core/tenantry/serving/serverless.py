"""Serverless endpoints: one version on capacity that comes with the calls and goes without them.

Neither network isolation nor a VPC, no GPU and one variant (SageMaker guide, serverless-endpoints).
"""

from typing import Any

from tenantry.domain.errors import Rejected
from tenantry.domain.plans import Plan
from tenantry.domain.versions import Upload
from tenantry.serving import endpoints
from tenantry.serving.memory import loaded_mb
from tenantry.serving.placements import Ground, Placement
from tenantry.serving.real_time import retire

__all__ = ["place", "retire"]

MEMORY_MB = (1024, 2048, 3072, 4096, 5120, 6144)


def place(version: Upload, ground: Ground) -> Placement:
    """An endpoint of its own, with memory by the artifact's size where the profile names none."""
    host, name, marks = endpoints.own(version, ground)
    config = _config(version, ground)
    calls = (
        endpoints.single_model(name, version, ground, marks, isolated=False),
        *endpoints.create_endpoint(name, {"ServerlessConfig": config}, marks),
    )
    most = ground.model.serverless.concurrency
    return Placement(
        host=host,
        endpoint=name,
        target=version.serving_key,
        at_once=most,
        because=(
            "serverless, as its tenant's profile says",
            f"{config['MemorySizeInMB']} MB for an artifact of {version.size:,} bytes, at most {most} calls at once",
        ),
        plan=Plan(calls=calls, in_service=(name,), reason=f"a new serverless endpoint {name}"),
    )


def _config(version: Upload, ground: Ground) -> dict[str, Any]:
    wanted = ground.model.serverless
    kept = {"ProvisionedConcurrency": wanted.provisioned} if wanted.provisioned else {}
    memory = wanted.memory or memory_for(version.size)
    return {"MemorySizeInMB": memory, "MaxConcurrency": wanted.concurrency, **kept}


def memory_for(artifact_bytes: int) -> int:
    """The least memory, in MB, that an artifact of this size should load in; Rejected when there is not so much."""
    needed = loaded_mb(artifact_bytes)
    for size in MEMORY_MB:
        if needed <= size:
            return size
    raise Rejected(
        f"an artifact of {artifact_bytes:,} bytes needs about {needed:,.0f} MB when it is loaded, and a serverless "
        f"endpoint has {MEMORY_MB[-1]} MB at most: use serving real-time, or set serverless.memory if it needs less"
    )
