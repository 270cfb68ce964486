"""What an execution environment needs to know of its function; two equal specs may share environments."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spec:
    """One function as deployed now: a changed archive, layer or variable makes another spec."""

    name: str
    arn: str
    handler: str
    code: Path  # the unpacked archive
    layers: tuple[Path, ...]  # unpacked, in the function's order: later ones cover earlier ones
    variables: tuple[tuple[str, str], ...]
    memory: int  # MB
    timeout: int  # seconds
    region: str
    reserved: int | None = None  # concurrency set aside for it, and its cap
    log_format: str = "Text"
    log_group: str = ""

    def environment(self, endpoint: str, runtime: Path) -> dict[str, str]:
        """The process's variables, as Lambda sets them; the function's own come last but for reserved names."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_ACCESS_KEY_ID": "ASIALOCALCLOUD",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_ENDPOINT_URL": endpoint,
            **{key: self._local(value) for key, value in self.variables},
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": self.log_format,
            "AWS_LAMBDA_LOG_GROUP_NAME": self.log_group or f"/aws/lambda/{self.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "LAMBDA_TASK_ROOT": str(self.code),
            "LAMBDA_RUNTIME_DIR": str(runtime),
            "_HANDLER": self.handler,
            "PYTHONPATH": ":".join(str(path) for path in (self.code, *self._opt_python(), runtime)),
        }

    def _opt_python(self) -> tuple[Path, ...]:
        return tuple(layer / "python" for layer in reversed(self.layers))

    def _local(self, value: str) -> str:
        """A path under /opt, where Lambda mounts layers, becomes the unpacked layer's that has it."""
        if not value.startswith("/opt/"):
            return value
        found = (layer / value.removeprefix("/opt/") for layer in reversed(self.layers))
        return str(next((path for path in found if path.exists()), value))
