"""How a target comes into an instance's memory, and how others leave it: download, make room, load, account."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.hosting.calls import ContainerCalls
from local.hosting.container import Answer
from local.hosting.errors import ApiError, internal_failure
from local.hosting.ground import Ground
from local.hosting.memory import Copy, Memory
from local.hosting.volume import Origin, Volume

NO_MEMORY = 507


@dataclass(frozen=True)
class Label:
    """Whose instance it is, and what its container is."""

    endpoint: str
    variant: str
    image: str
    environment: Mapping[str, str]
    container: str = "primary"
    """What the platform calls the container in the errors that it passes on."""
    component: str = ""
    """The inference component whose copy it is, if it is one."""
    sizes: dict[str, float] = field(default_factory=dict)
    """Megabytes each target took when it was last loaded, on whichever instance."""


@dataclass(frozen=True)
class Loader:
    """Loads targets into one instance; several at a time, each on a thread of its own."""

    ground: Ground
    label: Label
    instance: str
    calls: ContainerCalls
    volume: Volume
    memory: Memory
    measure: Callable[[str], float | None]
    """Megabytes a loaded model takes, as the container knows it."""

    def load(self, copy: Copy, origin: Origin) -> None:
        """Bring it in; those who wait for `copy.ready` hear of it either way."""
        error: ApiError | None = None
        try:
            self._bring_in(copy, origin)
        except ApiError as refused:
            error = refused
        except Exception as broken:
            error = internal_failure(f"The load failed: {broken}")
        if error:
            self.memory.forget(copy)
        copy.resolve(error)
        with self.memory.changed:
            self.memory.changed.notify_all()

    def unload_one(self, kept: Copy) -> bool:
        """Unload the least recently used idle copy; False when there is none."""
        victim = self.memory.take_least_used(kept)
        if victim is None:
            return False
        began = time.monotonic()
        self.calls.unload(victim.model_name)
        self._took(victim, "ModelUnloadingTime", began)
        return True

    def _bring_in(self, copy: Copy, origin: Origin) -> None:
        self.ground.counters.loaded(self.label.endpoint, self.instance, copy.target)
        began = time.monotonic()
        unpacked, downloaded = self.volume.fetch(copy.target, origin, self._in_memory())
        if downloaded:
            self._took(copy, "ModelDownloadingTime", began)
        self._reserve(copy, self._expected_mb(copy.target, unpacked.mb))
        began = time.monotonic()
        self.calls.closed.wait(self.ground.faults.delay(copy.target))
        self._post(copy, unpacked.folder)
        self._took(copy, "ModelLoadingTime", began)
        self._settle(copy, self.measure(copy.model_name) or unpacked.mb)

    def _in_memory(self) -> set[str]:
        with self.memory.changed:
            return set(self.memory.copies)

    def _post(self, copy: Copy, folder: Path) -> None:
        deadline = time.monotonic() + self.ground.panel.now.load_limit
        answer = Answer(NO_MEMORY)
        while answer.status == NO_MEMORY:
            answer = self.calls.load(copy.model_name, folder, deadline - time.monotonic())
            if answer.status == NO_MEMORY and not self.unload_one(copy):
                break
        if answer.status >= 400:
            raise self.calls.error(answer)

    def _expected_mb(self, target: str, on_disk: float) -> float:
        sizes = self.label.sizes
        return sizes.get(target) or (statistics.median(sizes.values()) if sizes else on_disk)

    def _reserve(self, copy: Copy, mb: float) -> None:
        """Promise memory to a copy that loads: idle ones leave for it, busy ones are waited for."""
        deadline = time.monotonic() + self.ground.panel.now.load_limit
        while not self._promised(copy, mb):
            if not self.unload_one(copy):
                self._await_change(copy, deadline)

    def _promised(self, copy: Copy, mb: float) -> bool:
        with self.memory.changed:
            fits = self.memory.used() + mb <= self.ground.panel.now.instance.memory_mb
            if fits or self.memory.alone(copy):
                copy.mb = mb
            return fits or self.memory.alone(copy)

    def _await_change(self, copy: Copy, deadline: float) -> None:
        with self.memory.changed:
            left = deadline - time.monotonic()
            if self.calls.closed.is_set() or left <= 0:
                raise self.calls.error(Answer(NO_MEMORY, b"There is no memory for the model."))
            if self.memory.least_used(copy) is None:
                self.memory.changed.wait(left)

    def _settle(self, copy: Copy, mb: float) -> None:
        """Account what it really takes: others leave for it, and it leaves if it does not fit alone."""
        with self.memory.changed:
            copy.mb = self.label.sizes[copy.target] = mb
        limit = self.ground.panel.now.instance.memory_mb
        if mb > limit:
            self.calls.unload(copy.model_name)
            raise self.calls.error(Answer(NO_MEMORY, f"The model takes {mb:.0f} MB of {limit:.0f} MB.".encode()))
        while self.memory.used() > limit and self.unload_one(copy):
            pass

    def _took(self, copy: Copy, metric: str, began: float) -> None:
        """SageMaker publishes these of multi-model endpoints only; a single model has no target of its own."""
        if copy.target in ("", self.label.container, self.label.component):
            return
        self.ground.metrics.took(self.label.endpoint, self.label.variant, metric, time.monotonic() - began)
