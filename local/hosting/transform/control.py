"""The operations on transform jobs: request members in, response members out."""

from collections.abc import Callable
from typing import Any

from local.hosting.catalog import Entry, Shelf
from local.hosting.errors import limit_exceeded
from local.hosting.ground import Ground
from local.hosting.listing import page
from local.hosting.transform.describe import described, summarised, with_defaults
from local.hosting.transform.job import TransformJob
from local.hosting.transform.jobs import TransformJobs
from local.hosting.transform.refusals import check_request, check_source, container_of
from local.hosting.transform.spec import spec_of

Params = dict[str, Any]


class TransformControl:
    """Create, Describe, List and Stop."""

    def __init__(self, ground: Ground, jobs: TransformJobs, models: Shelf[Entry]) -> None:
        self._ground = ground
        self._jobs = jobs
        self._models = models
        self.operations: dict[str, Callable[[Params], Params]] = {
            "CreateTransformJob": self.create,
            "DescribeTransformJob": self.describe,
            "ListTransformJobs": self.list_jobs,
            "StopTransformJob": self.stop,
        }

    def create(self, params: Params) -> Params:
        """CreateTransformJob: InProgress at once."""
        check_request(params)
        model = self._models.get(params["ModelName"], self._ground.names.arn("model", params["ModelName"]))
        spec = spec_of(params, container_of(model))
        check_source(self._ground, params, model)
        self._within_quota(spec.instances)
        name, tags = params.pop("TransformJobName"), params.pop("Tags", [])
        arn = self._ground.names.arn("transform-job", name)
        job = TransformJob(name, arn, with_defaults(params), {tag["Key"]: tag["Value"] for tag in tags})
        self._jobs.create(job, spec)
        return {"TransformJobArn": arn}

    def describe(self, params: Params) -> Params:
        """DescribeTransformJob."""
        return described(self._job(params))

    def list_jobs(self, params: Params) -> Params:
        """ListTransformJobs."""
        shown, token = page(self._jobs.shelf, params)
        return {"TransformJobSummaries": [summarised(job) for job in shown], **token}

    def stop(self, params: Params) -> Params:
        """StopTransformJob: Stopping at once."""
        self._jobs.stop(self._job(params))
        return {}

    def _job(self, params: Params) -> TransformJob:
        name = params["TransformJobName"]
        return self._jobs.shelf.get(name, self._ground.names.arn("transform-job", name))

    def _within_quota(self, wanted: int) -> None:
        limit, used = self._ground.panel.now.quotas.transform_instances, self._jobs.instances_used()
        if limit is not None and used + wanted > limit:
            raise limit_exceeded("Number of instances across all transform jobs", limit, used, wanted, "Instances")
