"""Lambda functions: found in moto, run as processes.

moto runs functions in Docker only, and its CloudFormation drops layers, dead-letter queues and architectures. Here a
function's archive and layers are unpacked and the pool runs them under AWS's own runtime client.
"""

import json
import threading
from pathlib import Path
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.context import Context
from local.functions.invoker import Target
from local.functions.outcome import Outcome
from local.functions.packages import unpack
from local.functions.spec import Spec
from local.seams.replace import replace


def install(context: Context) -> None:
    """Make moto's functions ours: whole when CloudFormation makes them, run by the pool when anything calls them."""
    create = LambdaFunction.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]
    update = LambdaFunction.update_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def create_whole(cls: Any, resource_name: str, cloudformation_json: Any, *rest: Any, **more: Any) -> Any:
        return _completed(create(cls, resource_name, cloudformation_json, *rest, **more), cloudformation_json)

    def update_whole(cls: Any, original_resource: Any, new_resource_name: str, cloudformation_json: Any,
                     account_id: str, region_name: str) -> Any:  # fmt: skip
        made = update(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name)
        return _completed(made, cloudformation_json)

    def leave_behind(function: Any, event: Any = None) -> tuple[str, bool, str]:
        """Whatever in moto still calls a function does so asynchronously on AWS (streams, log subscriptions)."""
        context.functions.leave(function.function_arn, event if event is not None else {})
        return "", False, ""

    replace(LambdaFunction, "create_from_cloudformation_json", classmethod(create_whole))
    replace(LambdaFunction, "update_from_cloudformation_json", classmethod(update_whole))
    replace(LambdaFunction, "_invoke_lambda", leave_behind)


def _completed(function: Any, body: dict[str, Any]) -> Any:
    properties = body["Properties"]
    function.layers = function._get_layers_data(properties.get("Layers", []))
    function.architectures = properties.get("Architectures", ["x86_64"])
    function.dead_letters = properties.get("DeadLetterConfig", {}).get("TargetArn")
    reserved = properties.get("ReservedConcurrentExecutions")
    function.reserved_concurrency = int(reserved) if reserved is not None else None
    function.logging = properties.get("LoggingConfig", {})
    return function


class Finder:
    """From a function's name or ARN to what the pool needs to run it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._unpacking = threading.Lock()
        self._folders: dict[str, Path] = {}

    def __call__(self, name: str) -> Target:
        """The function as deployed now.

        Raises:
            moto's UnknownFunctionException: there is no such function.

        """
        with self._context.serial:
            function = self._backend.get_function(name)
            return Target(self._spec(function), _retries(function), self._on_failure(function))

    @property
    def _backend(self) -> LambdaBackend:
        return lambda_backends[self._context.account][self._context.region]

    def _spec(self, function: Any) -> Spec:
        logging = getattr(function, "logging", {})
        layers = [self._backend.layers_versions_by_arn(layer["Arn"]) for layer in function.layers]
        return Spec(
            name=function.function_name,
            arn=function.function_arn,
            handler=function.handler,
            code=self._unpacked(function),
            layers=tuple(self._unpacked(layer) for layer in layers if layer is not None),
            variables=tuple(sorted((key, str(value)) for key, value in function.environment_vars.items())),
            memory=int(function.memory_size),
            timeout=int(function.timeout),
            region=self._context.region,
            reserved=function.reserved_concurrency,
            log_format=logging.get("LogFormat", "Text"),
            log_group=logging.get("LogGroup", ""),
        )

    def _unpacked(self, package: Any) -> Path:
        with self._unpacking:
            if package.code_sha_256 not in self._folders:
                self._folders[package.code_sha_256] = unpack(package.code_bytes, self._context.home.packages)
            return self._folders[package.code_sha_256]

    def _on_failure(self, function: Any) -> Any:
        """Where events go that the function failed on too often: its failure destination and its dead letters."""
        config = getattr(function, "invoke_config", {})
        destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        dead_letters = getattr(function, "dead_letters", None)
        arn = function.function_arn

        def send(event: bytes, outcome: Outcome) -> None:
            with self._context.serial:
                if destination:
                    _put(self._context, destination, json.dumps(_record(arn, event, outcome)))
                if dead_letters:
                    _put(self._context, dead_letters, event.decode())

        return send if destination or dead_letters else None


def _retries(function: Any) -> int:
    return int(getattr(function, "invoke_config", {}).get("MaximumRetryAttempts", 2))


def _record(arn: str, event: bytes, outcome: Outcome) -> dict[str, Any]:
    """The record Lambda sends to a failure destination."""
    return {
        "version": "1.0",
        "requestContext": {"functionArn": f"{arn}:$LATEST", "condition": "RetriesExhausted"},
        "requestPayload": json.loads(event),
        "responseContext": {"statusCode": 200, "functionError": outcome.error},
        "responsePayload": json.loads(outcome.payload),
    }


def _put(context: Context, arn: str, text: str) -> None:
    service, name = arn.split(":")[2], arn.rsplit(":", 1)[-1]
    if service == "sqs":
        sqs_backends[context.account][context.region].send_message(name, text)
    elif service == "sns":
        sns_backends[context.account][context.region].publish(text, arn=arn)
