"""What `sam build` makes of the template: complete, compiled, small, and able to start."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore import xform_name

ROOT = Path(__file__).parents[2]
CORE = ROOT / "layers" / "core"
FUNCTIONS = sorted(path.stem for path in (ROOT / "functions").glob("*.py"))
MB = 1_000_000
OPERATIONS = json.loads((CORE / "operations.json").read_text())
UNCHECKED_HASH = 0b01

# One worker takes all of it, so that it is built once.
pytestmark = pytest.mark.xdist_group("packages")


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the working tree in a folder of this run's own: two runs at once must not share one."""
    sam = ROOT / ".venv-sam" / "bin" / "sam"
    target = tmp_path_factory.mktemp("packages")
    path = f"{Path(sys.base_prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = [sam, "build", "--build-dir", target / "build", "--cache-dir", target / "cache"]
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0"},
    )
    assert done.returncode == 0, done.stderr
    return target / "build"


@pytest.fixture(scope="session")
def core(build: Path) -> Path:
    return build / "CoreLayer" / "python"


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def has_valid_bytecode(module: Path) -> bool:
    compiled = Path(importlib.util.cache_from_source(str(module)))
    if not compiled.exists():
        return False
    header = compiled.read_bytes()[:16]
    expected = (
        importlib.util.MAGIC_NUMBER
        + UNCHECKED_HASH.to_bytes(4, "little")
        + importlib.util.source_hash(module.read_bytes())
    )
    return header == expected


def without_bytecode(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*.py") if not has_valid_bytecode(path)]


def test_every_shipped_module_carries_valid_unchecked_bytecode(build: Path) -> None:
    assert len(list(build.rglob("*.py"))) > 500
    assert without_bytecode(build) == []


def test_a_missing_a_stale_and_a_checked_bytecode_are_noticed(tmp_path: Path) -> None:
    for name in ("missing", "stale", "checked", "fine"):
        (tmp_path / f"{name}.py").write_text("ONE = 1\n")
    compile_with(tmp_path, "unchecked-hash", "stale", "fine")
    compile_with(tmp_path, "timestamp", "checked")
    (tmp_path / "stale.py").write_text("ONE = 2\n")
    assert sorted(without_bytecode(tmp_path)) == ["checked.py", "missing.py", "stale.py"]


def compile_with(folder: Path, mode: str, *names: str) -> None:
    files = [folder / f"{name}.py" for name in names]
    subprocess.run([sys.executable, "-m", "compileall", "-q", "--invalidation-mode", mode, *files], check=True)


def test_the_core_layer_unpacks_to_25_mb_at_most(core: Path) -> None:
    assert size(core) <= 25 * MB


def test_each_function_has_one_module_and_less_than_1_mb(build: Path) -> None:
    packages = {path.name: path for path in build.iterdir() if path.name.endswith("Function")}
    assert len(packages) == len(FUNCTIONS)
    for name, package in packages.items():
        assert len(list(package.glob("*.py"))) == 1, name
        assert size(package) <= 1 * MB


@pytest.mark.parametrize("package", ["numpy", "sagemaker", "sagemaker_core", "aioboto3", "aws_xray_sdk", "moto"])
def test_nothing_heavy_is_in_a_layer(build: Path, package: str) -> None:
    assert list(build.glob(f"*Layer/python/{package}")) == []


def test_native_modules_are_there_for_both_architectures(core: Path) -> None:
    native = [path.name for path in core.rglob("*.so")]
    assert native
    for arm in (name for name in native if "aarch64" in name):
        assert arm.replace("aarch64", "x86_64") in native
    assert len([name for name in native if "aarch64" in name]) * 2 == len(native)


def test_the_layer_has_the_versions_the_tests_run_with() -> None:
    tested, shipped = pins(ROOT / "requirements" / "dev.txt"), pins(CORE / "requirements.txt")
    assert {"boto3", "botocore", "pydantic", "aws-lambda-powertools"} <= shipped.keys()
    assert {name: tested[name] for name in shipped} == shipped


def pins(path: Path) -> dict[str, str]:
    words = (line.split()[0] for line in path.read_text().splitlines() if "==" in line)
    return dict(word.split("==", 1) for word in words)


def test_requirements_name_no_index_and_no_path_of_a_machine() -> None:
    for path in [*(ROOT / "requirements").glob("*.txt"), CORE / "requirements.txt"]:
        lines = [line.strip() for line in path.read_text().splitlines()]
        strange = [line for line in lines if line.startswith("-") and not line.startswith("--hash=sha256:")]
        assert strange + [line for line in lines if "://" in line or " @ " in line] == [], path.name


def names_in(source: str) -> set[str]:
    """Attributes and strings: every spelling an operation can have, as a method, in a `Call` or for a paginator."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)
    return names


def operations_named(names: set[str]) -> dict[str, set[str]]:
    """Operation → the services among ours that have it."""
    found: dict[str, set[str]] = {}
    session = botocore.session.get_session()
    for service in OPERATIONS:
        for operation in session.get_service_model(service).operation_names:
            if operation in names or xform_name(operation) in names:
                found.setdefault(operation, set()).add(service)
    return found


def missing(named: dict[str, set[str]]) -> list[str]:
    return sorted(op for op, services in named.items() if not any(op in OPERATIONS[one] for one in services))


def test_every_operation_the_source_names_is_in_the_pruned_models() -> None:
    package = CORE / "tenantry"
    callers = [*package.glob("adapters/aws/*.py"), *package.glob("serving/*.py"), *package.glob("runtime*.py")]
    named = operations_named(set().union(*(names_in(path.read_text()) for path in callers)))
    assert {"CreateEndpoint", "TransactWriteItems", "CopyObject", "InvokeEndpoint"} <= named.keys()
    assert missing(named) == []


def test_an_operation_that_was_pruned_is_noticed() -> None:
    source = 'client.list_training_jobs()\nCall(operation="CreateAlgorithm", params={})\nclient.get_item()'
    assert missing(operations_named(names_in(source))) == ["CreateAlgorithm", "ListTrainingJobs"]


def test_the_pruned_models_are_those_of_botocore(core: Path) -> None:
    stock = botocore.session.get_session()
    pruned = botocore.session.get_session()
    pruned.set_config_variable("data_path", str(core / "botocore" / "data"))
    pruned.get_component("data_loader")._search_paths = [str(core / "botocore" / "data")]
    for service, operations in OPERATIONS.items():
        model = pruned.get_service_model(service)
        assert sorted(model.operation_names) == sorted(operations)
        for name in operations:
            ours, theirs = model.operation_model(name), stock.get_service_model(service).operation_model(name)
            assert shape_of(ours.input_shape) == shape_of(theirs.input_shape)
            assert shape_of(ours.output_shape) == shape_of(theirs.output_shape)


def shape_of(shape: Any, seen: tuple[str, ...] = ()) -> Any:
    """A shape as nested names, types and members; recursion ends at a name seen above."""
    if shape is None or shape.name in seen:
        return getattr(shape, "name", None)
    below = (*seen, shape.name)
    members = {name: shape_of(one, below) for name, one in getattr(shape, "members", {}).items()}
    inner = [shape_of(getattr(shape, part, None), below) for part in ("member", "key", "value")]
    return (shape.name, shape.type_name, members, inner)


IMPORT = """
import importlib, os, sys
sys.dont_write_bytecode = True
for module in sys.argv[1:]:
    importlib.import_module(module).handler
strays = [m for m in sys.modules.values() if "site-packages" in (getattr(m, "__file__", None) or "")]
print(strays)
"""


def test_every_function_starts_on_the_built_layer_alone(build: Path, core: Path) -> None:
    assert FUNCTIONS
    folders = [str(path) for path in build.iterdir() if path.name.endswith("Function")]
    done = subprocess.run(
        [sys.executable, "-S", "-c", IMPORT, *FUNCTIONS],
        check=False,
        env={"PYTHONPATH": os.pathsep.join([str(core), *folders]), **function_environment()},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def function_environment() -> dict[str, str]:
    """The variables that the template gives a function, with made-up values, and the ones Lambda sets."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("!", lambda *_: "1")
    template = yaml.load((ROOT / "template.yaml").read_text(), loader)
    names = template["Globals"]["Function"]["Environment"]["Variables"]
    lambdas = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1", "AWS_LAMBDA_FUNCTION_NAME": "one"}
    return dict.fromkeys(names, "1") | lambdas


def test_the_core_layer_has_the_table_of_images(core: Path) -> None:
    assert json.loads((core / "tenantry" / "images.json").read_text())["sklearn"]["default"]


def test_nothing_of_the_repository_but_the_package_is_in_the_core_layer(core: Path) -> None:
    assert {path.name for path in core.parent.iterdir()} == {"python"}
    assert [path for path in core.rglob("*") if path.name in {"tests", "Makefile", "prune.py", "bin"}] == []
