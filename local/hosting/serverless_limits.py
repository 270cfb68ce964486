"""What a serverless variant may use: containers, memory, disk, bytes."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.hosting.container import Answer
from local.hosting.errors import model_error, not_valid
from local.hosting.ground import Ground
from local.hosting.settings import Panel

DISK_MB = 5120
"""What a serverless container has (developer guide, serverless-endpoints)."""


@dataclass(frozen=True)
class ServerlessConfig:
    """Containers and the memory of each."""

    memory_mb: int
    most: int
    """MaxConcurrency: containers at the same time."""
    provisioned: int = 0
    """ProvisionedConcurrency: containers that are kept ready."""

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> "ServerlessConfig":
        """From ProductionVariantServerlessConfig."""
        return cls(members["MemorySizeInMB"], members["MaxConcurrency"], members.get("ProvisionedConcurrency", 0))

    @property
    def members(self) -> dict[str, int]:
        """As ProductionVariantServerlessConfig."""
        provisioned = {"ProvisionedConcurrency": self.provisioned} if self.provisioned else {}
        return {"MemorySizeInMB": self.memory_mb, "MaxConcurrency": self.most, **provisioned}

    def updated(self, members: Mapping[str, Any]) -> "ServerlessConfig":
        """With what a ProductionVariantServerlessUpdateConfig names."""
        return ServerlessConfig.of({**self.members, **members})

    def ground(self, ground: Ground) -> Ground:
        """What a container stands on: the settings in force, with the memory, disk and time that serverless has."""
        now = ground.panel.now
        room = now.instance.model_copy(update={"memory_mb": float(self.memory_mb), "disk_mb": float(DISK_MB)})
        limits = {"instance": room, "load_limit": now.serverless.start_limit}
        return replace(ground, panel=Panel(now.model_copy(update=limits)))


def check_request(body: bytes, limit: int) -> None:
    """`ValidationError` for a request of too many bytes, in the words that users quote (sagemaker-python-sdk #4271)."""
    if len(body) > limit:
        raise not_valid(f"Request {uuid.uuid4()} has oversize body.")


def check_answer(answer: Answer, limit: int, log_stream: str) -> None:
    """`ModelError` for an answer of too many bytes."""
    if len(answer.body) > limit:
        words = f"The response of {len(answer.body)} bytes is over the {limit} that a serverless endpoint gives."
        raise model_error(413, words, log_stream)
