"""Two local clouds that know each other: one endpoint for both regions, and S3 replication between them."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.processes import start, stop
from local.up import turn

# One worker takes all of it, so that one cloud is started.
pytestmark = pytest.mark.xdist_group("local cloud")

HOME, FAR = "us-east-1", "eu-west-1"
TEMPLATE = {
    "Parameters": {"To": {"Type": "String", "Default": ""}},
    "Conditions": {"Elsewhere": {"Fn::Not": [{"Fn::Equals": [{"Ref": "To"}, ""]}]}},
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Condition": "Elsewhere",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        },
        "Drop": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "VersioningConfiguration": {"Status": "Enabled"},
                "ReplicationConfiguration": {
                    "Fn::If": [
                        "Elsewhere",
                        {
                            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                            "Rules": [
                                {
                                    "Id": "models",
                                    "Priority": 1,
                                    "Status": "Enabled",
                                    "Filter": {"Prefix": "models/"},
                                    "DeleteMarkerReplication": {"Status": "Enabled"},
                                    "Destination": {"Bucket": {"Fn::Sub": "arn:aws:s3:::${To}"}},
                                }
                            ],
                        },
                        {"Ref": "AWS::NoValue"},
                    ]
                },
            },
        },
    },
    "Outputs": {"Drop": {"Value": {"Ref": "Drop"}}},
}


class Pair:
    """Both regions by the endpoint of the first; `buckets` by region replicate `models/` to each other."""

    def __init__(self, endpoint, knobs):
        self.endpoint, self.knobs, self.buckets = endpoint, knobs, {}

    def client(self, service, region):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def deploy(self, region, to=""):
        """The stack of this region, made or updated; then its bucket is known."""
        cloudformation = self.client("cloudformation", region)
        do = cloudformation.update_stack if region in self.buckets else cloudformation.create_stack
        given = [{"ParameterKey": "To", "ParameterValue": to}]
        do(StackName="drops", TemplateBody=json.dumps(TEMPLATE), Parameters=given, Capabilities=["CAPABILITY_IAM"])
        [stack] = cloudformation.describe_stacks(StackName="drops")["Stacks"]
        self.buckets[region] = stack["Outputs"][0]["OutputValue"]

    def put(self, region, key, body=b"x", **more):
        return self.client("s3", region).put_object(Bucket=self.buckets[region], Key=key, Body=body, **more)[
            "VersionId"
        ]

    def versions(self, region, key=""):
        """Every version and marker there: (key, version id, time, whether it is a marker), sorted."""
        found = self.client("s3", region).list_object_versions(Bucket=self.buckets[region], Prefix=key)
        return sorted(
            (one["Key"], one["VersionId"], one["LastModified"], kind == "DeleteMarkers")
            for kind in ("Versions", "DeleteMarkers")
            for one in found.get(kind, ())
        )

    @contextmanager
    def turned(self, region, group, **values):
        turn(self.knobs[region], group, {name: value for name, (value, _) in values.items()})
        try:
            yield
        finally:
            turn(self.knobs[region], group, {name: value for name, (_, value) in values.items()})


@pytest.fixture(scope="module")
def pair(small):
    home = small.home.further(FAR)
    knobs = {HOME: f"{small.endpoint}/_knobs"}
    try:
        far = start(home, region=FAR, hosting=False)
        knobs[FAR] = f"{far.endpoint}/_knobs"
        made = Pair(small.endpoint, knobs)
        turn(knobs[HOME], "regions", {"others": {FAR: far.endpoint}})
        turn(knobs[FAR], "regions", {"others": {HOME: small.endpoint}})
        made.deploy(FAR)
        made.deploy(HOME, to=made.buckets[FAR])
        made.deploy(FAR, to=made.buckets[HOME])
        yield made
    finally:
        turn(knobs[HOME], "regions", {"others": {}})
        stop(home)


@pytest.mark.parametrize(("region", "to"), [(HOME, FAR), (FAR, HOME)])
def test_a_stack_has_its_rules_whether_it_was_made_with_them_or_updated(pair, region, to):
    told = pair.client("s3", region).get_bucket_replication(Bucket=pair.buckets[region])["ReplicationConfiguration"]
    [rule] = told["Rules"]
    assert told["Role"].startswith("arn:aws:iam::123456789012:role/drops-Role-")
    assert (rule["ID"], rule["Filter"], rule["DeleteMarkerReplication"]) == (
        "models",
        {"Prefix": "models/"},
        {"Status": "Enabled"},
    )
    assert rule["Destination"]["Bucket"] == f"arn:aws:s3:::{pair.buckets[to]}"


def test_a_copy_keeps_key_version_time_type_and_metadata(pair, until):
    version = pair.put(HOME, "models/a", b"body", ContentType="text/csv", Metadata={"who": "me"})
    assert until(lambda: pair.versions(FAR, "models/a")) == pair.versions(HOME, "models/a")
    heads = {
        region: pair.client("s3", region).head_object(Bucket=pair.buckets[region], Key="models/a", VersionId=version)
        for region in (HOME, FAR)
    }
    for name in ("ContentType", "Metadata", "ETag", "ContentLength"):
        assert heads[HOME][name] == heads[FAR][name]
    assert heads[FAR]["ReplicationStatus"] == "REPLICA"
    until(lambda: status(pair, HOME, "models/a") == "COMPLETED")


def status(pair, region, key):
    return pair.client("s3", region).head_object(Bucket=pair.buckets[region], Key=key).get("ReplicationStatus")


def test_deletions_are_copied_and_removals_of_a_version_and_other_prefixes_are_not(pair, until):
    version = pair.put(HOME, "models/b")
    pair.put(HOME, "requests/b")
    until(lambda: pair.versions(FAR, "models/b"))
    s3 = pair.client("s3", HOME)
    s3.delete_object(Bucket=pair.buckets[HOME], Key="models/b")
    until(lambda: pair.versions(FAR, "models/b") == pair.versions(HOME, "models/b"))
    assert [marker for *_, marker in pair.versions(FAR, "models/b")].count(True) == 1
    s3.delete_object(Bucket=pair.buckets[HOME], Key="models/b", VersionId=version)
    pair.put(HOME, "models/later")
    until(lambda: pair.versions(FAR, "models/later"))
    assert version in {one for _, one, *_ in pair.versions(FAR, "models/b")}
    assert pair.versions(FAR, "requests/") == []


def test_a_replica_is_not_replicated_again(pair, until):
    """Both buckets have rules towards each other; a version has one copy in each all the same."""
    pair.put(FAR, "models/c")
    until(lambda: pair.versions(HOME, "models/c"))
    pair.put(HOME, "models/after-c")
    until(lambda: pair.versions(FAR, "models/after-c"))
    assert pair.versions(FAR, "models/c") == pair.versions(HOME, "models/c")
    assert (status(pair, HOME, "models/c"), len(pair.versions(FAR, "models/c"))) == ("REPLICA", 1)


def test_what_waits_for_replication_arrives_later_with_the_time_of_its_source(pair, until):
    with pair.turned(HOME, "replication", on=(False, True)):
        pair.put(HOME, "models/d")
        assert status(pair, HOME, "models/d") == "PENDING"
        made = pair.versions(HOME, "models/d")[0][2]
        until(lambda: datetime.now(UTC) >= made + timedelta(seconds=1))
        assert pair.versions(FAR, "models/d") == []
    assert until(lambda: pair.versions(FAR, "models/d")) == pair.versions(HOME, "models/d")


def test_a_region_that_is_down_answers_nothing_and_gets_its_copies_afterwards(pair, until):
    with pair.turned(FAR, "regions", down=(True, False)):
        with pytest.raises(ClientError) as refused:
            pair.versions(FAR)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        pair.put(HOME, "models/e")
        assert status(pair, HOME, "models/e") == "PENDING"
    assert until(lambda: pair.versions(FAR, "models/e"))


def test_each_region_has_tables_of_its_own_behind_one_endpoint(pair):
    for region in (HOME, FAR):
        pair.client("dynamodb", region).create_table(
            TableName=f"of-{region}",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
    seen = {region: pair.client("dynamodb", region).list_tables()["TableNames"] for region in (HOME, FAR)}
    assert (f"of-{FAR}" in seen[HOME], seen[FAR]) == (False, [f"of-{FAR}"])
