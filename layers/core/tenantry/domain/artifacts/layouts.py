"""What each framework's container needs, and where it looks for it: at the archive's root."""

import re
from collections.abc import Iterable, Iterator, Mapping

from tenantry.domain.artifacts.checks import REPACK, Check, shown
from tenantry.domain.artifacts.formats import is_leftover
from tenantry.domain.artifacts.values import Expectations, Finding
from tenantry.domain.base import Value

TOO_DEEP = Check(
    id="A501",
    name="not-too-deep",
    holds="What the framework needs lies at the root, not in a folder of its own.",
    message="{member} lies one folder too deep: the container looks for '{right}'",
    fix=REPACK,
)
MISSING = Check(
    id="A502",
    name="layout",
    holds="What the framework needs is there.",
    message="{what} is missing: {framework} needs {example}{instead}",
    fix="put it there, seen from the archive's root",
)
EMPTY = Check(
    id="A503",
    name="layout-not-empty",
    holds="What the framework needs is not an empty file.",
    message="{member}, {what}, is empty",
    fix="check that training wrote it, and pack it again",
)
CHECKS = (TOO_DEEP, MISSING, EMPTY)


class Need(Value):
    """One thing a container looks for; `code` is not asked of those who may not bring any."""

    what: str
    pattern: re.Pattern[str]
    example: str
    code: bool = False


SCRIPT = Need(
    what="the inference script",
    pattern=re.compile(r"code/inference\.py"),
    example="code/inference.py",
    code=True,
)


def _model(pattern: str, example: str) -> Need:
    return Need(what="the model file", pattern=re.compile(pattern, re.IGNORECASE), example=example)


LAYOUTS: dict[str, tuple[Need, ...]] = {
    # scikit-learn's container has no loader of its own: model_fn may read any file, but there must be both.
    "sklearn": (
        _model(
            r"(?!\.|(?:readme|licen[cs]e|notice|changelog|requirements)\b)[^/]+(?<!\.pyc)(?<!\.py|\.md|\.sh)",
            "a model at the root, as model.joblib",
        ),
        SCRIPT,
    ),
    "xgboost": (
        _model(
            r"xgboost-model[^/]*|[^/.][^/]*\.(?:json|ubj|model|bst|xgb|bin|pkl|pickle|joblib)",
            "a model at the root, as xgboost-model.json",
        ),
    ),
    "pytorch": (
        _model(r"[^/.][^/]*\.(?:pt|pth|bin|ckpt|safetensors|onnx)", "a model at the root, as model.pth"),
        SCRIPT,
    ),
    "tensorflow": (_model(r"[0-9]+/saved_model\.pb", "a numbered folder at the root, as 1/saved_model.pb"),),
}
"""What must be there, by framework. The script lies in `code/` because that is where
sagemaker_inference.default_handler_service looks on multi-model hosts."""

ANY = (_model(r".+", "a file with content"),)
"""A container of one's own decides for itself; it only has to be given something."""


def judge_layout(sizes: Mapping[str, int], expected: Expectations) -> Iterator[Finding]:
    """Whether these files (path → bytes) are where the framework's container looks."""
    files = {path: size for path, size in sizes.items() if not is_leftover(path)}
    needs = [need for need in LAYOUTS.get(expected.framework, ANY) if expected.trust == "vendor" or not need.code]
    yield from _absent([need for need in needs if not _matching(need, files)], files, expected.framework)
    for need in needs:
        found = _matching(need, files)
        if found and not any(files[path] for path in found):
            yield EMPTY.found(shown(found[0].encode()), what=need.what)


def _matching(need: Need, paths: Iterable[str]) -> list[str]:
    return [path for path in paths if need.pattern.fullmatch(path)]


def _absent(needs: Iterable[Need], files: Iterable[str], framework: str) -> Iterator[Finding]:
    """What is not where it must be: too deep (said once per folder), elsewhere, or nowhere."""
    folders = set()
    for need in needs:
        deep = _one_deeper(need, files)
        folder, _, right = deep.partition("/")
        if not deep:
            yield _missing(need, files, framework)
        elif folder not in folders:
            yield TOO_DEEP.found(shown(deep.encode()), right=shown(right.encode()))
        folders.add(folder)


def _one_deeper(need: Need, paths: Iterable[str]) -> str:
    """A path that would be right without its first folder."""
    parted = (path.partition("/") for path in paths)
    return next((f"{top}/{rest}" for top, _, rest in parted if top != "code" and need.pattern.fullmatch(rest)), "")


def _missing(need: Need, paths: Iterable[str], framework: str) -> Finding:
    """What is missing and, where a file of that name lies elsewhere, which one was probably meant."""
    name = need.example.rpartition("/")[2]
    meant = next((path for path in paths if path.rpartition("/")[2] == name), "")
    instead = f" ('{shown(meant.encode())}' is not where it looks)" if meant else ""
    return MISSING.found(what=need.what, framework=framework, example=need.example, instead=instead)
