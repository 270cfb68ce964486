"""One instance: a container, a disk, and the targets in its memory."""

import hashlib
import itertools
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from shutil import rmtree
from typing import Any

from local.hosting.calls import ContainerCalls
from local.hosting.container import Answer, Launch
from local.hosting.errors import internal_failure
from local.hosting.ground import Ground
from local.hosting.loading import NO_MEMORY, Label, Loader
from local.hosting.memory import Copy, Memory
from local.hosting.routing import Standing
from local.hosting.volume import Origin, Volume

_serials = itertools.count(1)


class CopyGone(Exception):
    """The container does not have the model any more; it has to be loaded anew."""


class Instance:
    """Starts with `start`, ends with `stop`; between them `enter` a target, wait until it is ready, invoke, leave."""

    def __init__(self, ground: Ground, label: Label) -> None:
        self.identity = f"i-{uuid.uuid4().hex[:12]}"
        self._panel = ground.panel
        self._folder = ground.state_dir / self.identity
        self._container = ground.container(Launch(self.identity, self._folder, label.environment, label.image))
        logs = ground.names.log_stream(label.endpoint, label.component)
        self._calls = ContainerCalls(logs, label.container)
        self._volume = Volume(self._folder / "models", ground.s3, ground.panel)
        self._memory = Memory()
        self._loader = Loader(
            ground, label, self.identity, self._calls, self._volume, self._memory, self._container.memory_mb
        )
        self._loads = ThreadPoolExecutor(ground.panel.now.instance.loads_at_once, f"load-{self.identity}")

    def start(self) -> None:
        """Bring the container up, with nothing loaded; `ContainerFailed` when it does not come."""
        self._calls.connect(self._container.start())

    def stop(self) -> None:
        """Take it down, whatever is in flight."""
        self._calls.close()
        self._loads.shutdown(wait=False, cancel_futures=True)
        with self._memory.changed:
            for copy in self._memory.copies.values():
                copy.resolve(internal_failure())
            self._memory.changed.notify_all()
        self._container.stop()
        rmtree(self._folder / "models", ignore_errors=True)

    def standing(self, target: str) -> Standing:
        """What the router wants to know."""
        with self._memory.changed:
            copy = self._memory.copies.get(target)
            copies = self._memory.copies.values()
            return Standing(
                holds=copy is not None,
                ready=copy is not None and copy.loaded,
                target_in_flight=copy.in_flight if copy else 0,
                in_flight=sum(other.in_flight for other in copies),
                copies=len(copies),
            )

    def enter(self, target: str, origin: Origin) -> Copy:
        """Count a request in for this target; the first one starts its load."""
        with self._memory.changed:
            copy = self._memory.copies.get(target)
            if copy is None:
                copy = self._memory.copies[target] = Copy(target, _model_name(target))
                self._loads.submit(self._loader.load, copy, origin)
            copy.in_flight += 1
            copy.used_at = time.monotonic()
            return copy

    def leave(self, copy: Copy) -> None:
        """Count the request out."""
        with self._memory.changed:
            copy.in_flight -= 1
            copy.used_at = time.monotonic()
            self._memory.changed.notify_all()

    def invoke(self, copy: Copy, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """The container's answer; `ApiError` for its errors, `CopyGone` when it has to be loaded anew."""
        answer = self._calls.invoke(copy.model_name, body, headers, timeout)
        if answer.status == NO_MEMORY and self._loader.unload_one(copy):
            answer = self._calls.invoke(copy.model_name, body, headers, timeout)
        if answer.status == 404 and b"ModelNotFoundException" in answer.body:
            self._memory.forget(copy)
            raise CopyGone
        if answer.status >= 400:
            raise self._calls.error(answer)
        return answer

    def loaded_count(self) -> int:
        """How many targets are in memory."""
        with self._memory.changed:
            return sum(copy.loaded for copy in self._memory.copies.values())

    def in_flight(self) -> int:
        """Requests on this instance, waiting ones included."""
        with self._memory.changed:
            return sum(copy.in_flight for copy in self._memory.copies.values())

    def memory_mb(self) -> float:
        """Megabytes that the models take."""
        return self._memory.used()

    def memory_percent(self) -> float:
        """How full the memory is."""
        return 100 * self._memory.used() / self._panel.now.instance.memory_mb

    def disk_percent(self) -> float:
        """How full the disk is."""
        return self._volume.used_percent()

    def report(self) -> dict[str, Any]:
        """This instance for a curious person."""
        with self._memory.changed:
            targets = [_shown(copy) for copy in self._memory.copies.values()]
        used = round(self._memory.used(), 1)
        return {"instance": self.identity, "memory_used_mb": used, "targets": targets, **self._volume.report()}


def _model_name(target: str) -> str:
    return f"{hashlib.sha256(target.encode()).hexdigest()[:24]}{next(_serials):08x}"


def _shown(copy: Copy) -> dict[str, Any]:
    state = "loaded" if copy.loaded else "loading"
    return {"target": copy.target, "state": state, "in_flight": copy.in_flight, "mb": round(copy.mb, 1)}
