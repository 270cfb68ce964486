"""Artifacts small enough to be read, and a container that behaves as they say."""

import io
import json
import tarfile
from collections.abc import Callable
from functools import lru_cache

from tenantry.domain.hosting import Answer


def archive(answer: str = "ok", *, loads: bool = True, **more: bytes) -> bytes:
    """A `model.tar.gz` whose model answers this to everything, or does not load."""
    model = json.dumps({"answer": answer, "loads": loads}).encode()
    files = {"model.joblib": model, "code/inference.py": b"def model_fn(model_dir): ...\n", **more}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return packed.getvalue()


def climbing() -> bytes:
    """An archive whose member climbs out of the folder it is unpacked to."""
    return archive(**{"../../etc/cron.d/evil": b"x"})


def behave(target: str, artifact: bytes, body: bytes) -> Answer:
    """What Multi Model Server would answer with this artifact: 500 while loading fails, else the model's answer."""
    del target, body
    return _answer(artifact)


@lru_cache(maxsize=1_000)
def _answer(artifact: bytes) -> Answer:
    """Unpacked once, not at every probe: the same artifact answers alike."""
    with tarfile.open(fileobj=io.BytesIO(artifact)) as tar:
        member = tar.extractfile("model.joblib")
        assert member is not None
        model = json.load(member)
    if not model["loads"]:
        return Answer(outcome="model_error", took_ms=1, status=500, message="inference.py raised RuntimeError on load")
    return Answer(outcome="ok", took_ms=1, body=model["answer"].encode(), content_type="text/csv")


def failing_once(behaving: Callable[[str, bytes, bytes], Answer]) -> Callable[[str, bytes, bytes], Answer]:
    """The same container, which answers its first call with an error of its own."""
    failures = iter([Answer(outcome="model_error", took_ms=1, status=500, message="out of memory")])
    return lambda target, artifact, body: next(failures, None) or behaving(target, artifact, body)
