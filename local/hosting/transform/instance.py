"""One instance of a transform job: a container with the model in it, as a real-time single-model endpoint has it."""

import uuid
from shutil import rmtree

from local.hosting.container import Answer, ContainerClient, ContainerFailed, Launch, TimedOut, Unreachable
from local.hosting.errors import ApiError
from local.hosting.ground import Ground
from local.hosting.transform.errors import FileFailed, JobFailed, JobStopped, Side
from local.hosting.transform.job import TransformJob
from local.hosting.transform.spec import TransformSpec
from local.hosting.volume import Volume

MODEL = "model"


class TransformInstance:
    """Starts with `start`, ends with `stop`; between them answers requests, several at a time."""

    def __init__(self, ground: Ground, job: TransformJob, spec: TransformSpec) -> None:
        identity = f"i-{uuid.uuid4().hex[:12]}"
        folder = ground.state_dir / identity
        self._job, self._spec, self._panel = job, spec, ground.panel
        self._faults = ground.faults
        self._container = ground.container(Launch(identity, folder, spec.environment, spec.image))
        self._volume = Volume(folder / "models", ground.s3, ground.panel)
        self._client: ContainerClient | None = None

    def start(self) -> None:
        """Bring the container up with its model; `JobFailed` when it does not come or the model cannot be had."""
        try:
            self._client = ContainerClient(self._container.start())
            model, _ = self._volume.fetch(MODEL, self._spec.artifact, ())
            answer = self._client.load(MODEL, model.folder, self._panel.now.load_limit)
        except ContainerFailed as error:
            raise JobFailed("AlgorithmError", f"Model container failed to respond to ping; {error}") from error
        except ApiError as error:
            raise JobFailed("ClientError", error.message) from error
        except (TimedOut, Unreachable) as error:
            raise JobFailed("AlgorithmError", f"The model was not loaded: {error}") from error
        if answer.status >= 400:
            raise JobFailed("AlgorithmError", f"The model was not loaded: {answer.text[:900]}")

    def stop(self) -> None:
        """End the container, whatever is in flight; its log stays in its folder."""
        if self._client:
            self._client.close()
        self._container.stop()
        rmtree(self._volume.folder, ignore_errors=True)

    def answer(self, body: bytes) -> bytes:
        """The container's answer; failing calls are tried again, except those that it blames the client for (4xx)."""
        for _ in range(self._spec.retries):
            answer = self._call(body)
            if answer is not None and answer.status < 500:
                return _accepted(answer)
        return _accepted(self._call(body))

    def _call(self, body: bytes) -> Answer | None:
        if self._job.stop_asked.is_set():
            raise JobStopped
        assert self._client is not None, "an instance is started before it is asked"
        self._job.count("requests")
        if fault := self._faults.container_error(self._job.name):
            return Answer(fault.status, fault.message.encode())
        try:
            return self._client.invoke(MODEL, body, self._spec.headers, self._spec.timeout)
        except (TimedOut, Unreachable):
            return None


def _accepted(answer: Answer | None) -> bytes:
    if answer is None:
        raise FileFailed("AlgorithmError", "Unable to get response from algorithm")
    if answer.status >= 400:
        side: Side = "ClientError" if answer.status < 500 else "AlgorithmError"
        raise FileFailed(side, f"{side}: {answer.status}\n\nMessage:\n{answer.text}")
    return answer.body
