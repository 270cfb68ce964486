"""Listening to an adapter: what it asks AWS for in each call of its port, and which calls its code knows."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel

import tenantry.serving
from tenantry.domain.errors import TenantryError
from tests.flows.permits import requests
from tests.template.asked import asked
from tests.template.iam import Request

CORE = Path(tenantry.serving.__file__).parents[1]
SERVICES = (
    *("application-autoscaling", "cloudwatch", "dynamodb", "logs", "s3"),
    *("sagemaker", "sagemaker-runtime", "scheduler", "sns", "stepfunctions"),
)


class Ear:
    """Makes calls of one port, and holds what was said of them against what was heard."""

    def __init__(self, session: boto3.Session, name: str) -> None:
        self.session, self._name = session, name
        self.operations: set[str] = set()
        self.said: set[tuple[str, str]] = set()
        self.made: set[tuple[str, str]] = set()
        self.unsaid: list[str] = []
        self._listens, self._heard = False, list[Request]()

    def __call__(self, port: Any, method: str, *given: Any) -> Any:
        self._heard.clear()
        answer, self._listens = None, True
        with suppress(ClientError, TenantryError):
            answer = getattr(port, method)(*given)
            answer = list(answer) if isinstance(answer, Iterator) else answer
        self._listens = False
        said = [repr(one) for one in requests(self._name, method, given)]
        self.unsaid += [f"{method}: {one}" for one in self._heard if repr(one) not in said]
        self.said |= {(method, one.action) for one in requests(self._name, method, given)}
        self.made |= {(method, one.action) for one in self._heard}
        return answer

    def hear(self, params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        if not self._listens:
            return
        self.operations.add(xform_name(model.name))
        self._heard += asked(model.service_model.service_name, model.name, params)


@contextmanager
def listening(session: boto3.Session, name: str) -> Iterator[Ear]:
    """An ear that hears the clients made from this session."""
    ear = Ear(session, name)
    session.events.register_first("before-parameter-build", ear.hear)
    try:
        yield ear
    finally:
        session.events.unregister("before-parameter-build", ear.hear)


def called(modules: Iterable[str]) -> set[str]:
    """The operations that these modules call by name; what plans call stands in the serving options."""
    modules = set(modules)
    found = {name for module in modules for name in _calls(CORE / f"adapters/aws/{module}.py")}
    plans = {xform_name(name) for path in (CORE / "serving").glob("*.py") for name in _planned(path)}
    return found | plans if "sagemaker" in modules else found


def _calls(path: Path) -> Iterator[str]:
    known = _known()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(attr="get_paginator"), args=[ast.Constant(value=str(name))]):
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in known:
                yield name


def _planned(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.keyword(arg="operation", value=ast.Constant(value=str(name))):
                yield name


@cache
def _known() -> set[str]:
    load = botocore.session.Session().get_service_model
    return {xform_name(name) for service in SERVICES for name in load(service).operation_names}
