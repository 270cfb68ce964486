"""How the interpreter of state machines reaches other services.

moto parses a definition for every execution (a tenth of a second), makes a new client for every call and looks for
itself under `localhost`. Here parsed definitions and clients are kept (neither holds anything of an execution), the
clients talk to this server's own port, and functions are called directly, without HTTP between.
"""

import functools
import json
import sys
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.awslambda.exceptions import UnknownFunctionException
from moto.stepfunctions.parser import models as _load_all_tasks  # noqa: F401
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client

from local.context import Context
from local.functions.invoker import PayloadTooLarge
from local.functions.pool import TooManyRequests
from local.seams.replace import replace


def install(context: Context) -> None:
    """Replace the interpreter's parser and clients and its way to Lambda."""

    @functools.cache
    def client(region: str, service: str) -> Any:
        make: Any = boto3.client  # typed per service; the service is a variable here
        return make(
            service,
            region_name=region,
            endpoint_url=context.endpoint,
            aws_access_key_id="interpreter",
            aws_secret_access_key="local",
            config=Config(
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                read_timeout=3600,
                max_pool_connections=50,
            ),
        )

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:  # noqa: ARG001 - moto passes it
        return client(region, service)

    old = boto_client.boto_client_for
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions.") and getattr(module, "boto_client_for", None) is old:
            replace(module, "boto_client_for", client_for)
    replace(AmazonStateLanguageParser, "parse", functools.lru_cache(maxsize=64)(AmazonStateLanguageParser.parse))
    replace(lambda_eval_utils, "_invoke_lambda_function", lambda **call: invoke(context, call["parameters"]))


def invoke(context: Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """The answer of Lambda's Invoke to a task state.

    Raises:
        ClientError: there is no such function, its event is too large or it is throttled.

    """
    name = parameters["FunctionName"]
    try:
        outcome = context.functions.invoke(name, parameters.get("Payload") or b"{}")
    except PayloadTooLarge as error:
        raise _refused("RequestTooLargeException", str(error), 413) from error
    except TooManyRequests as error:
        raise _refused("TooManyRequestsException", "Rate Exceeded.", 429) from error
    except UnknownFunctionException as error:
        raise _refused("ResourceNotFoundException", f"Function not found: {name}", 404) from error
    answer = {"ExecutedVersion": "$LATEST", "StatusCode": 200, "Payload": json.loads(outcome.payload)}
    return answer | ({"FunctionError": outcome.error} if outcome.error else {})


def _refused(code: str, message: str, status: int) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "local"},
    }
    return ClientError(answer, "Invoke")
