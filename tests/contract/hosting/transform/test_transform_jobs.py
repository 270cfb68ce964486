"""Transform jobs: what goes through the container, what comes out where, and the states on the way."""

import gzip
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from local.hosting.container import ContainerFailed, Launch
from local.hosting.stand_in import StandIn
from tests.contract.hosting.conftest import ACCOUNT, REGION, error_of, wait_until

from .conftest import INPUT, SERVING, Cloud, container

LINES = {"SplitType": "Line"}


class Watched(StandIn):
    """Remembers what it was started with and what it was asked; answers a request with `hold` when the gate is open."""

    launches: list[Launch] = []
    asked: list[str] = []
    open_now = 0
    most_open = 0
    stopped = 0
    gate = threading.Event()
    lock = threading.Lock()

    def __init__(self, launch: Launch) -> None:
        super().__init__(launch)
        self.launches.append(launch)

    def stop(self) -> None:
        super().stop()
        with self.lock:
            Watched.stopped += 1

    def respond(self, name: str, body: str) -> tuple[int, str]:
        with self.lock:
            self.asked.append(body)
            Watched.open_now += 1
            Watched.most_open = max(Watched.most_open, Watched.open_now)
        try:
            assert "hold" not in body or self.gate.wait(60)
        finally:
            with self.lock:
                Watched.open_now -= 1
        return super().respond(name, body)


class Flaky(Watched):
    """Answers 500 as often as told, then as it should."""

    failures = 0

    def respond(self, name: str, body: str) -> tuple[int, str]:
        status, text = super().respond(name, body)
        if Flaky.failures > 0:
            Flaky.failures -= 1
            return 500, "out of luck"
        return status, text


class Mortal(Watched):
    """Dies of the first request."""

    def respond(self, name: str, body: str) -> tuple[int, str]:
        super().respond(name, body)
        StandIn.stop(self)
        return 200, "nobody hears this"


class Unstartable(StandIn):
    """A container whose image does not run."""

    def start(self) -> int:
        raise ContainerFailed("the image has no model server")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Counts from nothing, and no request of an earlier test left to be counted in this one."""
    Watched.launches.clear()
    Watched.asked.clear()
    Watched.open_now = Watched.most_open = Watched.stopped = Flaky.failures = 0
    Watched.gate.clear()
    yield
    Watched.gate.set()
    wait_until(lambda: Watched.open_now == 0)


watched = pytest.mark.parametrize("container_factory", [Watched])
flaky = pytest.mark.parametrize("container_factory", [Flaky])


class TestStates:
    def test_a_job_is_in_progress_then_completed_and_says_so(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1\n2\n")
        cloud.app.knobs.write({"durations": {"provisioning": 600}})
        cloud.start()
        described = cloud.sagemaker.describe_transform_job(TransformJobName="job")
        assert (described["TransformJobStatus"], "TransformStartTime" in described) == ("InProgress", False)
        cloud.app.knobs.write({"durations": {"provisioning": 0}})
        described = cloud.ended()
        assert described["TransformJobStatus"] == "Completed"
        assert described["CreationTime"] < described["TransformStartTime"] < described["TransformEndTime"]
        assert "FailureReason" not in described
        wait_until(lambda: cloud.told() == ["InProgress", "Completed"])

    def test_an_event_tells_what_describe_tells_with_times_in_milliseconds(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1")
        described = cloud.run(Tags=[{"Key": "tenant", "Value": "acme"}], Environment={"A": "b"})
        wait_until(lambda: len(cloud.events) == 2)
        event, detail = cloud.events[1], cloud.events[1]["detail"]
        assert (event["detail-type"], event["account"]) == ("SageMaker Transform Job State Change", ACCOUNT)
        assert event["resources"] == [f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:transform-job/job"]
        assert detail["TransformEndTime"] == pytest.approx(described["TransformEndTime"].timestamp() * 1000, abs=1)
        assert (detail["Tags"], detail["Environment"], detail["ModelName"]) == ({"tenant": "acme"}, {"A": "b"}, "churn")
        assert detail["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] == f"s3://{INPUT}/in/"

    @watched
    def test_a_job_can_be_stopped_and_then_has_no_output_and_no_container(self, cloud: Cloud) -> None:
        cloud.model()
        for name, body in {"a": "1", "b": "hold", "c": "3"}.items():
            cloud.put(f"in/{name}.csv", body)
        cloud.app.knobs.write({"durations": {"stopping": 600}})
        cloud.start()
        wait_until(lambda: Watched.asked == ["1", "hold"])
        assert set(cloud.outputs()) == {"out/a.csv.out"}
        cloud.sagemaker.stop_transform_job(TransformJobName="job")
        assert cloud.status() == "Stopping"
        again = error_of(lambda: cloud.sagemaker.stop_transform_job(TransformJobName="job"))
        assert again["Error"]["Message"].endswith("the transform job is in status Stopping")
        cloud.app.knobs.write({"durations": {"stopping": 0}})
        assert cloud.ended()["TransformJobStatus"] == "Stopped"
        assert (cloud.outputs(), Watched.asked) == ({}, ["1", "hold"])
        assert Watched.stopped >= 1
        wait_until(lambda: cloud.told() == ["InProgress", "Stopping", "Stopped"])

    def test_a_job_can_be_stopped_before_it_has_instances(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1")
        cloud.app.knobs.write({"durations": {"provisioning": 30}})
        cloud.start()
        cloud.sagemaker.stop_transform_job(TransformJobName="job")
        described = cloud.ended()
        assert (described["TransformJobStatus"], "TransformStartTime" in described) == ("Stopped", False)

    @watched
    def test_closing_the_emulation_ends_a_running_job(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "hold")
        cloud.start()
        wait_until(lambda: len(Watched.asked) == 1)
        cloud.app.close()
        assert (Watched.stopped >= 1, Watched.open_now) == (True, 1), "it does not wait for the model"


class TestRequests:
    @watched
    @pytest.mark.parametrize(
        ("source", "members", "asked"),
        [
            ({}, {}, ["1\n2\n3"]),
            ({}, {"BatchStrategy": "SingleRecord"}, ["1\n2\n3"]),
            (LINES, {}, ["1\n2\n3"]),
            (LINES, {"BatchStrategy": "MultiRecord"}, ["1\n2\n3"]),
            (LINES, {"BatchStrategy": "SingleRecord"}, ["1\n", "2\n", "3"]),
        ],
        ids=["whole", "whole-though-single", "lines-by-default", "lines", "one-line-each"],
    )
    def test_a_file_becomes_requests(
        self, cloud: Cloud, source: dict[str, Any], members: dict[str, Any], asked: list[str]
    ) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1\n2\n3")
        assert cloud.run(source=source, **members)["TransformJobStatus"] == "Completed"
        assert Watched.asked == asked
        assert cloud.outputs() == {"out/a.csv.out": "saw 1\nsaw 2\nsaw 3\n"}
        assert cloud.report()["counts"] == {"files": 1, "done": 1, "requests": len(asked)}

    @watched
    def test_lines_are_packed_up_to_the_payload_limit_and_never_across_files(self, cloud: Cloud) -> None:
        cloud.model(answer="ok", by_line=False)
        line = "x" * (400 * 1024 - 1) + "\n"
        cloud.put("in/a.csv", line * 5)
        cloud.put("in/b.csv", line)
        cloud.run(source=LINES, MaxPayloadInMB=1)
        assert [len(body) // len(line) for body in Watched.asked] == [2, 2, 1, 1]
        assert cloud.outputs() == {"out/a.csv.out": "okokok", "out/b.csv.out": "ok"}

    @watched
    def test_without_a_limit_a_file_is_one_request(self, cloud: Cloud) -> None:
        cloud.model(answer="ok", by_line=False)
        cloud.put("in/a.csv", ("x" * 2**20 + "\n") * 8)
        cloud.run(source=LINES, MaxPayloadInMB=0)
        assert [len(body) for body in Watched.asked] == [8 * (2**20 + 1)]

    @watched
    def test_so_many_requests_at_a_time_as_asked_for_and_the_order_is_kept(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "".join(f"hold {number}\n" for number in range(20)))
        cloud.put("in/b.csv", "hold\n")
        cloud.start(source=LINES, BatchStrategy="SingleRecord", MaxConcurrentTransforms=3)
        wait_until(lambda: Watched.open_now == 3)
        Watched.gate.set()
        assert cloud.ended()["TransformJobStatus"] == "Completed"
        assert Watched.most_open == 3
        assert cloud.outputs()["out/a.csv.out"] == "".join(f"saw hold {number}\n" for number in range(20))

    @watched
    def test_files_are_shared_out_over_the_instances(self, cloud: Cloud) -> None:
        cloud.model()
        for number in range(4):
            cloud.put(f"in/{number}.csv", "hold")
        cloud.start(instances=2)
        wait_until(lambda: Watched.open_now == 2)
        Watched.gate.set()
        cloud.ended()
        assert (len(Watched.launches), Watched.stopped) == (2, 2)
        assert len(cloud.outputs()) == 4

    @watched
    def test_the_container_finds_the_environment_of_model_job_and_batch(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.declare("other", PrimaryContainer=container(Environment={"A": "model", "B": "model"}))
        cloud.put("in/a.csv", "1")
        cloud.run(ModelName="other", Environment={"B": "job"}, MaxPayloadInMB=7, BatchStrategy="SingleRecord")
        assert Watched.launches[0].environment == {
            "A": "model",
            "B": "job",
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": "7",
            "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "1",
        }

    @flaky
    @pytest.mark.parametrize(
        ("failures", "members", "status", "asked"),
        [
            (3, {}, "Completed", 4),
            (4, {}, "Failed", 4),
            (1, {"ModelClientConfig": {"InvocationsMaxRetries": 0}}, "Failed", 1),
        ],
        ids=["last-retry", "one-too-many", "none"],
    )
    def test_a_failing_request_is_tried_again(
        self, cloud: Cloud, failures: int, members: dict[str, Any], status: str, asked: int
    ) -> None:
        Flaky.failures = failures
        cloud.model()
        cloud.put("in/a.csv", "1")
        assert cloud.run(**members)["TransformJobStatus"] == status
        assert len(Watched.asked) == asked

    @watched
    def test_a_request_that_takes_too_long_is_cut_off(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "hold")
        client = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0}
        assert (
            cloud.run(ModelClientConfig=client)["FailureReason"] == "AlgorithmError: See job logs for more information"
        )
        assert cloud.report()["log"][-1].endswith(f"{INPUT}/in/a.csv: Unable to get response from algorithm")


class TestInputAndOutput:
    @pytest.mark.parametrize(
        ("prefix", "keys", "outputs"),
        [
            ("in/", ["in/a.csv", "in/deep/er/b.csv"], ["a.csv.out", "deep/er/b.csv.out"]),
            ("in", ["in/a.csv"], ["a.csv.out"]),
            ("in/a.csv", ["in/a.csv"], ["a.csv.out"]),
            ("in/par", ["in/part-0", "in/parts/1"], ["part-0.out", "parts/1.out"]),
            ("", ["a.csv"], ["a.csv.out"]),
        ],
        ids=["folder", "folder-without-slash", "file", "part-of-a-name", "bucket"],
    )
    def test_the_output_key_is_the_input_key_relative_to_the_prefix(
        self, cloud: Cloud, prefix: str, keys: list[str], outputs: list[str]
    ) -> None:
        cloud.model()
        for key in keys:
            cloud.put(key, "1")
        assert cloud.run(prefix=prefix)["TransformJobStatus"] == "Completed"
        assert sorted(cloud.outputs()) == sorted(f"out/{output}" for output in outputs)

    def test_folder_markers_are_no_input(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/", "")
        cloud.put("in/a.csv", "1")
        cloud.run()
        assert set(cloud.outputs()) == {"out/a.csv.out"}

    def test_one_job_reads_the_inputs_of_many_tenants_by_a_manifest(self, cloud: Cloud) -> None:
        cloud.model()
        for tenant in ("acme", "globex", "initech"):
            cloud.put(f"batches/{tenant}/churn/b-1/rows.csv", tenant)
        entries = ["acme/churn/b-1/rows.csv", "globex/churn/b-1/rows.csv"]
        cloud.put("manifests/1.json", json.dumps([{"prefix": f"s3://{INPUT}/batches/"}, *entries]))
        assert cloud.run(prefix="manifests/1.json", data_type="ManifestFile")["TransformJobStatus"] == "Completed"
        assert cloud.outputs() == {
            "out/acme/churn/b-1/rows.csv.out": "saw acme\n",
            "out/globex/churn/b-1/rows.csv.out": "saw globex\n",
        }

    def test_prefix_and_entry_of_a_manifest_are_joined_as_they_are(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("batches/acme/rows.csv", "1")
        cloud.put("m.json", json.dumps([{"prefix": f"s3://{INPUT}/bat"}, "ches/acme/rows.csv", "ches/acme/rows.csv"]))
        cloud.run(prefix="m.json", data_type="ManifestFile")
        assert set(cloud.outputs()) == {"out/ches/acme/rows.csv.out"}
        assert cloud.report()["counts"]["files"] == 1

    @watched
    @pytest.mark.parametrize(
        "manifest",
        [
            "not JSON",
            "[]",
            '["a.csv"]',
            '[{"prefix": "s3://drop/"}]',
            '[{"prefix": "s3://drop/"}, {"prefix": "s3://x/"}]',
        ],
        ids=["not-json", "empty", "no-prefix", "no-entries", "two-prefixes"],
    )
    def test_a_manifest_that_is_none_fails_the_job(self, cloud: Cloud, manifest: str) -> None:
        cloud.model()
        cloud.put("m.json", manifest)
        described = cloud.run(prefix="m.json", data_type="ManifestFile")
        assert described["TransformJobStatus"] == "Failed"
        assert described["FailureReason"].startswith("ClientError: ")
        assert ("TransformStartTime" in described, Watched.launches) == (False, [])

    def test_gzipped_input_is_unpacked_and_its_output_is_not_packed(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv.gz", gzip.compress(b"1\n2\n"))
        cloud.run(source={"CompressionType": "Gzip", **LINES})
        assert cloud.outputs() == {"out/a.csv.gz.out": "saw 1\nsaw 2\n"}

    @pytest.mark.parametrize(
        ("assemble", "output"), [("None", "yesyes"), ("Line", "yes\nyes\n")], ids=["as-they-are", "lines"]
    )
    def test_answers_are_assembled(self, cloud: Cloud, assemble: str, output: str) -> None:
        cloud.model(by_line=False, answer="yes")
        cloud.put("in/a.csv", "1\n2\n")
        cloud.run(source=LINES, BatchStrategy="SingleRecord", output={"AssembleWith": assemble})
        assert cloud.outputs() == {"out/a.csv.out": output}

    def test_a_line_break_that_is_there_already_is_enough(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1\n2\n")
        cloud.run(source=LINES, BatchStrategy="SingleRecord", output={"AssembleWith": "Line"})
        assert cloud.outputs() == {"out/a.csv.out": "saw 1\nsaw 2\n"}

    def test_a_file_without_records_has_an_empty_output(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "")
        cloud.run(source=LINES)
        assert cloud.outputs() == {"out/a.csv.out": ""}
        assert "requests" not in cloud.report()["counts"]


class TestFailures:
    def test_a_bad_file_fails_the_job_and_the_other_files_have_their_output(self, cloud: Cloud) -> None:
        cloud.model(refuses="bad")
        cloud.put("in/a.csv", "1\n")
        cloud.put("in/b.csv", "2\nbad\n")
        cloud.put("in/c.csv", "3\n")
        described = cloud.run(source=LINES, BatchStrategy="SingleRecord")
        assert described["TransformJobStatus"] == "Failed"
        assert described["FailureReason"] == "ClientError: See job logs for more information"
        assert cloud.outputs() == {"out/a.csv.out": "saw 1\n", "out/c.csv.out": "saw 3\n"}
        assert cloud.report()["counts"] == {"files": 3, "done": 2, "failed": 1, "requests": 4}
        assert f"{INPUT}/in/b.csv: ClientError: 400" in "\n".join(cloud.report()["log"])
        wait_until(lambda: cloud.told() == ["InProgress", "Failed"])
        assert cloud.events[1]["detail"]["FailureReason"] == described["FailureReason"]

    def test_a_record_above_the_limit_fails_its_file_only(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "x" * (2**20 + 1))
        cloud.put("in/b.csv", "1")
        described = cloud.run(MaxPayloadInMB=1)
        assert described["FailureReason"] == "ClientError: See job logs for more information"
        assert cloud.report()["log"][-1].endswith(f"{INPUT}/in/a.csv: Too much data for max payload size")
        assert set(cloud.outputs()) == {"out/b.csv.out"}

    def test_an_object_a_manifest_names_in_vain_fails_the_job_and_not_the_others(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("a.csv", "1")
        cloud.put("m.json", json.dumps([{"prefix": f"s3://{INPUT}/"}, "a.csv", "gone.csv"]))
        assert cloud.run(prefix="m.json", data_type="ManifestFile")["TransformJobStatus"] == "Failed"
        assert set(cloud.outputs()) == {"out/a.csv.out"}

    def test_input_that_is_no_gzip_fails_its_file(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1")
        assert cloud.run(source={"CompressionType": "Gzip"})["FailureReason"].startswith("ClientError: ")

    def test_an_output_bucket_that_is_not_there_fails_the_job(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1")
        described = cloud.run(output={"S3OutputPath": "s3://nowhere/out"})
        assert described["FailureReason"] == "ClientError: See job logs for more information"
        assert "NoSuchBucket" in cloud.report()["log"][-1]

    def test_errors_of_the_container_can_be_told(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1\n")
        cloud.put("in/b.csv", "2\n")
        cloud.app.knobs.act("faults/container", {"endpoint": "job", "times": 1, "status": 413, "message": "too large"})
        assert cloud.run()["FailureReason"] == "ClientError: See job logs for more information"
        assert set(cloud.outputs()) == {"out/b.csv.out"}
        assert cloud.run("again")["TransformJobStatus"] == "Completed"

    @pytest.mark.parametrize("container_factory", [Unstartable])
    def test_a_container_that_does_not_start_fails_the_job(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1")
        assert cloud.run()["FailureReason"].startswith("AlgorithmError: Model container failed to respond to ping")

    @watched
    def test_a_model_that_does_not_load_fails_the_job_and_leaves_no_container(self, cloud: Cloud) -> None:
        cloud.model(load_error="wrong shape")
        cloud.put("in/a.csv", "1")
        assert cloud.run(instances=2)["FailureReason"] == "AlgorithmError: The model was not loaded: wrong shape"
        assert (len(Watched.launches), Watched.stopped) == (2, 2)

    def test_an_artifact_that_is_not_there_fails_the_job(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.s3.delete_object(Bucket=SERVING, Key="churn.tar.gz")
        cloud.put("in/a.csv", "1")
        assert cloud.run()["FailureReason"].startswith("ClientError: Failed to download model data(bucket: serving")

    @pytest.mark.parametrize("container_factory", [Mortal])
    def test_a_container_that_dies_fails_its_files(self, cloud: Cloud) -> None:
        cloud.model()
        cloud.put("in/a.csv", "1")
        cloud.put("in/b.csv", "1")
        assert cloud.run()["FailureReason"] == "AlgorithmError: See job logs for more information"
        assert (cloud.outputs(), Watched.asked) == ({}, ["1"])
        assert cloud.report()["counts"] == {"files": 2, "failed": 2, "requests": 8}, "each tried four times"
