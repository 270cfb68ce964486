"""Alarms and scaling in virtual time: moto's stores of an account of the test's own, and a SageMaker of a few lines."""

import itertools
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.alarms.pace import Pace
from local.alarms.watch import Alarms
from local.context import Context
from local.home import Home
from local.scaling.capacity import Capacity
from local.scaling.engine import Scaling
from local.scaling.registry import Registry
from local.scaling.targets import INSTANCES
from local.serial import Serial
from tests.walker import Walker

ACCOUNTS = itertools.count(700_000_000_000)
REGION = "us-east-1"
BEGAN = datetime(2026, 11, 22, 7, 0, tzinfo=UTC).timestamp()


class InstantBus:
    """Does what is to be done later when the test says so, and keeps the events."""

    def __init__(self):
        self.events, self.waiting = [], []

    def emit(self, event):
        self.events.append(event)

    def later(self, _seconds, work):
        self.waiting.append(work)

    def settle(self):
        while self.waiting:
            self.waiting.pop(0)()


class SageMaker:
    """Endpoints, serverless ones too, and components: what the control plane says of their capacity."""

    def __init__(self, walker):
        self.walker = walker
        self.endpoints, self.components, self.calls = {}, {}, []
        self.configs = self.endpoints  # one for each, of its name

    def endpoint(self, name, count=1, *, status="InService", kind="ml.m5.large"):
        self.endpoints[name] = {"status": status, "kind": kind, "variant": {"DesiredInstanceCount": count}}

    def serverless(self, name, concurrency, most=20):
        size = {"MemorySizeInMB": 2048, "MaxConcurrency": most, "ProvisionedConcurrency": concurrency}
        self.endpoints[name] = {"status": "InService", "kind": "", "variant": {"DesiredServerlessConfig": size}}

    def component(self, name, copies, status="InService"):
        self.components[name] = {"status": status, "copies": copies}

    def count(self, name):
        return self.endpoints[name]["variant"]["DesiredInstanceCount"]

    def describe_endpoint(self, **params):
        self.walker.check("sagemaker", "DescribeEndpoint", params)
        found = self._found("endpoint", self.endpoints, params["EndpointName"])
        answer = {"EndpointStatus": found["status"], "EndpointConfigName": params["EndpointName"]}
        if found["status"] != "Creating":
            answer["ProductionVariants"] = [{"VariantName": "all", **found["variant"]}]
        return answer

    def describe_endpoint_config(self, **params):
        self.walker.check("sagemaker", "DescribeEndpointConfig", params)
        self._found("endpoint configuration", self.configs, params["EndpointConfigName"])
        kind = self.endpoints[params["EndpointConfigName"]]["kind"]
        return {"ProductionVariants": [{"VariantName": "all", **({"InstanceType": kind} if kind else {})}]}

    def update_endpoint_weights_and_capacities(self, **params):
        self.walker.check("sagemaker", "UpdateEndpointWeightsAndCapacities", params)
        [change] = params["DesiredWeightsAndCapacities"]
        found = self.endpoints[params["EndpointName"]]
        self.calls.append(change)
        assert (found["status"], change["VariantName"]) == ("InService", "all")
        if "ServerlessUpdateConfig" in change:
            found["variant"]["DesiredServerlessConfig"] |= change["ServerlessUpdateConfig"]
        else:
            found["variant"]["DesiredInstanceCount"] = change["DesiredInstanceCount"]

    def describe_inference_component(self, **params):
        self.walker.check("sagemaker", "DescribeInferenceComponent", params)
        found = self._found("inference component", self.components, params["InferenceComponentName"])
        return {"InferenceComponentStatus": found["status"], "RuntimeConfig": {"DesiredCopyCount": found["copies"]}}

    def update_inference_component_runtime_config(self, **params):
        self.walker.check("sagemaker", "UpdateInferenceComponentRuntimeConfig", params)
        self.components[params["InferenceComponentName"]]["copies"] = params["DesiredRuntimeConfig"]["CopyCount"]

    @staticmethod
    def _found(what, things, name):
        if name not in things:
            error = {"Code": "ValidationException", "Message": f'Could not find {what} "{name}".'}
            raise ClientError({"Error": error}, "Describe")
        return things[name]


class World:
    """Minutes pass by `minutes`; each may bring metric data."""

    def __init__(self, home, walker):
        self.account = str(next(ACCOUNTS))
        self.context = Context(Home(home), "http://127.0.0.1:0", Serial(), account=self.account)
        self.bus = self.context.bus = InstantBus()
        self.sagemaker, self.pace, self.now = SageMaker(walker), Pace(), BEGAN
        capacity = Capacity(lambda: self.sagemaker)
        self.scaling = Scaling(self.context, self.pace, capacity)
        self.registry = Registry(self.context, capacity)
        self.alarms = Alarms(self.context, self.pace, self.scaling)
        self.store = applicationautoscaling_backends[self.account][REGION]
        self.cloudwatch = cloudwatch_backends[self.account][REGION]
        self.sns, self.sqs = sns_backends[self.account][REGION], sqs_backends[self.account][REGION]

    def register(self, resource_id="endpoint/e/variant/all", least=1, most=4, dimension=INSTANCES, **more):
        with self.context.serial:
            found = self.registry.check(dimension, resource_id, least, most)
        target = FakeTarget(resource_id, dimension, least, most, **more)
        self.store.targets.setdefault(dimension, {})[resource_id] = target
        self.scaling.settle(found, self.now)

    def track(self, target, metric="SageMakerVariantInvocationsPerInstance", name="p", **config):
        """A target tracking policy; `metric` is a predefined type or a customized specification."""
        key = "PredefinedMetricSpecification" if isinstance(metric, str) else "CustomizedMetricSpecification"
        spec = {"PredefinedMetricType": metric} if isinstance(metric, str) else metric
        return self.policy(name, "TargetTrackingScaling", {"TargetValue": target, key: spec, **config})

    def policy(self, name, kind, body, resource_id="", dimension=""):
        if not resource_id:  # that of the only target
            [(dimension, resource_id)] = [(each, one) for each, ids in self.store.targets.items() for one in ids]
        return self.registry.put(
            type(self.store).put_scaling_policy,
            {
                "policy_name": name, "service_namespace": "sagemaker", "resource_id": resource_id,
                "scalable_dimension": dimension, "policy_type": kind, "policy_body": body,
            },
        )  # fmt: skip

    def alarm(self, name, metric, threshold, actions, **members):
        usual = {
            "namespace": "AWS/SageMaker", "comparison_operator": "GreaterThanOrEqualToThreshold", "period": 60,
            "evaluation_periods": 2, "statistic": "Average", "description": "", "ok_actions": [],
            "dimensions": [{"Name": "EndpointName", "Value": "e"}],
        }  # fmt: skip
        alarm = self.cloudwatch.put_metric_alarm(
            **usual | {"name": name, "metric_name": metric, "threshold": threshold, "alarm_actions": actions} | members
        )
        alarm.state_value = "INSUFFICIENT_DATA"  # as the seam has it
        return alarm

    def put(self, metric, value, dimensions, namespace="AWS/SageMaker"):
        """A value in the minute that passes."""
        at = datetime.fromtimestamp(self.now - self.pace.real(30), UTC).replace(tzinfo=None)
        named = [{"Name": name, "Value": each} for name, each in dimensions.items()]
        datum = {"MetricName": metric, "Dimensions": named, "Value": value, "Timestamp": at}
        self.cloudwatch.put_metric_data(namespace, [datum])

    def minutes(self, count, bring=lambda: None):
        """Let so many minutes pass; `bring` puts the data of each. Returns nothing: look at SageMaker."""
        for _ in range(count):
            self.now += self.pace.real(60)
            bring()
            self.alarms.tick(self.now)
            self.bus.settle()

    def calls(self, per_minute, name="e"):
        """So many invocations a minute over all instances, as SageMaker counts them."""
        share = per_minute * self.pace.real(60) / 60 / max(1, self.sagemaker.count(name))
        self.put("InvocationsPerInstance", share, {"EndpointName": name, "VariantName": "all"})

    def states(self):
        """The state of each alarm by the last words of its name."""
        return {
            alarm.name.split("variant/all-")[-1][:9].rstrip("-"): alarm.state_value for alarm in self.alarms_there()
        }

    def alarms_there(self):
        return list(self.cloudwatch.describe_alarms())


class FakeTarget:
    """A scalable target as moto keeps it."""

    def __init__(self, resource_id, dimension, least, most, suspended=None):
        self.service_namespace, self.resource_id, self.scalable_dimension = "sagemaker", resource_id, dimension
        self.min_capacity, self.max_capacity, self.suspended_state = least, most, suspended


@pytest.fixture
def world(tmp_path):
    walker = Walker()
    yield World(tmp_path, walker)
    walker.verdict()
