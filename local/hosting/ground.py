"""What every part of the emulation stands on: settings, faults, counters, metrics, S3, SNS, logs, containers, names."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.hosting.container import ContainerFactory
from local.hosting.counters import Counters
from local.hosting.faults import Faults
from local.hosting.metrics import Metrics
from local.hosting.settings import Panel


@dataclass(frozen=True)
class Names:
    """ARNs of one account and region."""

    region: str
    account: str

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a SageMaker resource; SageMaker lower-cases the name in it."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"

    def log_stream(self, endpoint: str, component: str = "") -> str:
        """The ARN of the log group of an endpoint, or of one inference component on it."""
        group = f"InferenceComponents/{component}" if component else f"Endpoints/{endpoint}"
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:/aws/sagemaker/{group}"


@dataclass(frozen=True)
class Ground:
    """The shared parts."""

    names: Names
    state_dir: Path
    panel: Panel
    faults: Faults
    counters: Counters
    metrics: Metrics
    s3: Any
    sns: Any
    logs: Any
    container: ContainerFactory
    emit: Callable[[dict[str, Any]], None]
    work: ThreadPoolExecutor
    """Where transitions run: bringing up, replacing and taking down."""
