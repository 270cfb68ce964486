"""Cut an installed dependency folder down to what the functions use: `python prune.py FOLDER`.

botocore describes 440 services; `operations.json` names the operations used, and a service description keeps those
and the shapes they reach. `tests/template/test_packages.py` compares that list with the source.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

OPERATIONS: dict[str, list[str]] = json.loads((Path(__file__).parent / "operations.json").read_text())

UNUSED = ("bin", "boto3/data", "boto3/examples", "aws_lambda_powertools/event_handler")
"""Console scripts, boto3's resource models, and Powertools' HTTP router with its Swagger page."""

KEPT_UTILITIES = {"__init__.py", "batch", "data_classes", "jmespath_utils", "parser", "typing"}
"""Of Powertools' utilities."""

KEPT_METADATA = {"METADATA", "licenses", "LICENSE", "LICENSE.txt", "NOTICE"}
"""Of a dist-info folder: what vulnerability scanners read, and the licences."""


def main(top: Path) -> None:
    """Prune this folder in place."""
    for path in UNUSED:
        shutil.rmtree(top / path, ignore_errors=True)
    keep_only(top / "aws_lambda_powertools" / "utilities", KEPT_UTILITIES)
    for folder in top.glob("*.dist-info"):
        keep_only(folder, KEPT_METADATA)
    prune_data(top / "botocore" / "data")


def keep_only(folder: Path, names: set[str]) -> None:
    """Remove every other entry of this folder."""
    for entry in folder.iterdir():
        if entry.name not in names:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def prune_data(data: Path) -> None:
    """Keep the services used, each with the operations used, uncompressed."""
    prefixes = set()
    for service in [entry for entry in data.iterdir() if entry.is_dir()]:
        if service.name in OPERATIONS:
            prefixes.add(prune_service(service, set(OPERATIONS[service.name])))
        else:
            shutil.rmtree(service)
    endpoints = read(data / "endpoints.json")
    for partition in endpoints["partitions"]:
        partition["services"] = {k: v for k, v in partition["services"].items() if k in prefixes}
    write(data / "endpoints.json", endpoints)


def prune_service(service: Path, used: set[str]) -> str:
    """Prune the newest description of a service; its endpoint prefix."""
    *older, newest = sorted(service.iterdir())
    for version in older:
        shutil.rmtree(version)
    for path in newest.glob("examples-*"):
        path.unlink()
    for path in list(newest.glob("*.gz")):
        write(path.with_suffix(""), json.loads(gzip.decompress(path.read_bytes())))
        path.unlink()
    prune_names(newest / "paginators-1.json", "pagination", lambda name, _: name in used)
    prune_names(newest / "waiters-2.json", "waiters", lambda _, waiter: waiter["operation"] in used)
    model = read(newest / "service-2.json")
    write(newest / "service-2.json", prune_model(model, used))
    return str(model["metadata"]["endpointPrefix"])


def prune_names(path: Path, table: str, keep: Any) -> None:
    """Keep some entries of the one table of a paginator or waiter file, where there is such a file."""
    if path.exists():
        content = read(path)
        content[table] = {name: entry for name, entry in content[table].items() if keep(name, entry)}
        write(path, content)


def prune_model(model: dict[str, Any], used: set[str]) -> dict[str, Any]:
    """The description with these operations and the shapes they reach. KeyError: there is no such operation."""
    operations = {name: model["operations"][name] for name in sorted(used)}
    shapes: dict[str, Any] = {}
    ahead = references(operations)
    while ahead:
        name = ahead.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            ahead |= references(shapes[name])
    bare = {key: value for key, value in model.items() if key != "documentation"}
    # botocore reads the documentation of client context parameters, so only these two go without.
    return bare | {"operations": without_documentation(operations), "shapes": without_documentation(shapes)}


def references(node: Any) -> set[str]:
    """The names of all shapes mentioned anywhere below."""
    if isinstance(node, list):
        return {name for item in node for name in references(item)}
    if not isinstance(node, dict):
        return set()
    below = {name for item in node.values() for name in references(item)}
    return below | {node["shape"]} if isinstance(node.get("shape"), str) else below


def without_documentation(node: Any) -> Any:
    """The same without prose. A member that happens to be called "documentation" is an object and stays."""
    if isinstance(node, list):
        return [without_documentation(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: without_documentation(value)
        for key, value in node.items()
        if not (key == "documentation" and isinstance(value, str))
    }


def read(path: Path) -> Any:
    """The JSON in a file."""
    return json.loads(path.read_text())


def write(path: Path, value: Any) -> None:
    """Write JSON without white space."""
    path.write_text(json.dumps(value, separators=(",", ":")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
