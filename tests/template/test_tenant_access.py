"""Who reaches what through the TenantAccess role: 20 tenants by 25 actions by 20 targets, every decision checked."""

from collections import Counter
from itertools import product
from typing import Any

import pytest

from tenantry.domain.names import container_name, twin_name
from tests.template.iam import Request, allowed, assumable
from tests.template.stack import ACCOUNT, REGION, STACK, Stack, load

STACK_NOW: Stack = load()
ROLE = STACK_NOW.resources["TenantAccessRole"]["Properties"]
POLICY: list[dict[str, Any]] = [s for p in ROLE["Policies"] for s in p["PolicyDocument"]["Statement"]]
TENANTS = (
    *("a", "aa", "a-a", "a-aa", "aaa"),  # prefixes of one another, and of what a careless pattern would match
    *("acme", "acme-eu", "globex", "initech", "umbrella", "hooli", "stark", "wayne", "wonka", "tyrell"),
    *("results", "models", "host", "0", "z" * 32),
)
DROP, SERVING, RESULTS = (f"arn:aws:s3:::{STACK}-{name}bucket" for name in ("drop", "serving", "results"))
ROUTES, REGISTRY = (f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{STACK}-{name}Table" for name in ("Routes", "Registry"))
ENDPOINT = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{STACK}-sklearn-0123456789abcdef"
OWN_ENDPOINT = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{STACK}-{{t}}-churn-{'a' * 26}"
COMPONENT = OWN_ENDPOINT.replace(":endpoint/", ":inference-component/")
OF_TENANT = {"aws:ResourceTag/tenantry:tenant": "{t}"}
FOR_COMPONENTS = {"aws:ResourceTag/tenantry:serving": "inference-component"}
OWN_CONTAINER = {"sagemaker:TargetContainerHostname": container_name("{t}", "a" * 26)}
OF_CONTAINERS = {"aws:ResourceTag/tenantry:serving": "multi-container"}
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-"

OWN = {
    "invoke own target": ("sagemaker:InvokeEndpoint", ENDPOINT, {"sagemaker:TargetModel": "{t}/churn/u-0.tar.gz"}),
    "invoke own container": ("sagemaker:InvokeEndpoint", ENDPOINT, OWN_CONTAINER | OF_CONTAINERS),
    "invoke own endpoint": ("sagemaker:InvokeEndpoint", OWN_ENDPOINT, OF_TENANT),
    "invoke own component": ("sagemaker:InvokeEndpoint", COMPONENT, OF_TENANT),
    "read own route": ("dynamodb:GetItem", ROUTES, {"dynamodb:LeadingKeys": ["TENANT#{t}"]}),
    "list own routes": ("dynamodb:Query", ROUTES, {"dynamodb:LeadingKeys": ["TENANT#{t}"]}),
    "read own route and host": (
        "dynamodb:BatchGetItem",
        ROUTES,
        {"dynamodb:LeadingKeys": ["TENANT#{t}", "HOST#fleet-x"]},
    ),
    "drop a model": ("s3:PutObject", DROP + "/models/{t}/churn/7/model.tar.gz", {}),
    "drop a request": ("s3:PutObject", DROP + "/requests/{t}/churn/1", {}),
    "drop a batch": ("s3:PutObject", DROP + "/batches/{t}/churn/b/1.csv", {}),
    "read own results": ("s3:GetObject", RESULTS + "/results/{t}/churn/requests/1/out", {}),
    "read what a container said": ("s3:GetObject", RESULTS + "/failures/{t}/churn/requests/1/out", {}),
    "list own results": ("s3:ListBucket", RESULTS, {"s3:prefix": "results/{t}/churn/"}),
    "subscribe to own topic": ("sns:Subscribe", TOPIC + "{t}", {}),
}
"""What a tenant may do to its own, and to nobody else's; `{t}` is whose it is."""
OF_POOL = {"invoke own target", "invoke own container", "invoke own endpoint", "invoke own component"}
OF_POOL |= {"read own route", "list own routes", "read own route and host"}
"""Of these, what a tenant may do to the models of the one whose models it shares, too."""
NEVER = {
    "invoke without a target": ("sagemaker:InvokeEndpoint", ENDPOINT, {}),
    "invoke what has its name and no tag": ("sagemaker:InvokeEndpoint", OWN_ENDPOINT, {}),
    "move a route": ("dynamodb:PutItem", ROUTES, {"dynamodb:LeadingKeys": ["TENANT#{t}"]}),
    "read all routes": ("dynamodb:Scan", ROUTES, {}),
    "read the registry": ("dynamodb:Query", REGISTRY, {"dynamodb:LeadingKeys": ["TENANT#{t}"]}),
    "drop a profile": ("s3:PutObject", DROP + "/tenants/{t}.json", {}),
    "take a drop back": ("s3:DeleteObject", DROP + "/models/{t}/churn/7/model.tar.gz", {}),
    "read the serving copy": ("s3:GetObject", SERVING + "/{t}/churn/u-0.tar.gz", {}),
    "write the serving copy": ("s3:PutObject", SERVING + "/{t}/churn/u-0.tar.gz", {"s3:if-none-match": "*"}),
    "publish a notice": ("sns:Publish", TOPIC + "{t}", {}),
    "delete the endpoint": ("sagemaker:DeleteEndpoint", ENDPOINT, {}),
}
"""What no tenant may do to anybody's."""


def request(form: tuple[str, str, dict[str, Any]], whose: str, caller: str) -> Request:
    action, resource, context = form
    filled = {
        k: [one.format(t=whose) for one in v] if isinstance(v, list) else v.format(t=whose) for k, v in context.items()
    }
    return Request(action, resource.format(t=whose), {**filled, "aws:PrincipalTag/tenant": caller})


def test_the_matrix_of_10000_decisions_has_no_wrong_one() -> None:
    wrong: list[str] = []
    seen: Counter[bool] = Counter()
    for caller in TENANTS:
        for target in TENANTS:
            for name, form in (OWN | NEVER).items():
                decision = allowed(request(form, target, caller), POLICY)
                seen[decision] += 1
                if decision != (name in OWN and caller == target):
                    wrong.append(f"{caller} may{'' if decision else ' not'} {name} of {target}")
    assert wrong == []
    assert seen == {True: 20 * 14, False: 10_000 - 20 * 14}


PREFIXES = ("a", "aa", "a-a", "acme", "acme-eu", "z" * 32)


def pooled(asked: Request, pool: str) -> Request:
    """The same, of a session that has the tag `pool`, too."""
    return Request(asked.action, asked.resource, {**asked.context, "aws:PrincipalTag/pool": pool})


def test_the_tag_pool_opens_models_and_routes_of_that_one_tenant_and_nothing_else_in_18000_decisions() -> None:
    wrong: list[str] = []
    seen = 0
    for caller, pool, target in product(PREFIXES, PREFIXES, TENANTS):
        for name, form in (OWN | NEVER).items():
            seen += 1
            expected = (name in OWN and caller == target) or (name in OF_POOL and pool == target)
            if allowed(pooled(request(form, target, caller), pool), POLICY) != expected:
                wrong.append(f"{caller}, sharing of {pool}, may{' not' if expected else ''} {name} of {target}")
    assert wrong == []
    assert seen == 18_000


def test_a_tag_that_is_empty_or_a_pattern_opens_nothing() -> None:
    """IAM takes what a tag holds for text. And without `pool`, what `tenant` opens is all there is (the matrix)."""
    for pool, (name, form) in product(("", "*", "?cme", "acme/", "${aws:PrincipalTag/tenant}"), OWN.items()):
        assert not allowed(pooled(request(form, "acme", "globex"), pool), POLICY), (pool, name)


@pytest.mark.parametrize(
    "sid", ["InvokePooledModels", "InvokePooledContainers", "InvokePooledEndpointsAndComponents", "ReadPooledRoutes"]
)
def test_each_pooled_statement_is_what_opens_something(sid: str) -> None:
    """Planted: without it the matrix would see what is missing."""
    without = [one for one in POLICY if one["Sid"] != sid]
    asked = [pooled(request(OWN[name], "acme", "globex"), "acme") for name in sorted(OF_POOL)]
    assert all(allowed(one, POLICY) for one in asked)
    assert not all(allowed(one, without) for one in asked)


def call_of_component(caller: str, whose: str, **more: str) -> list[Request]:
    """What is asked when `caller` calls a component of `whose`, both on one shared endpoint."""
    context = {"aws:PrincipalTag/tenant": caller, **more}
    mine = {key: value.format(t=whose) for key, value in OF_TENANT.items()}
    return [
        Request("sagemaker:InvokeEndpoint", ENDPOINT, {**context, **FOR_COMPONENTS}),
        Request("sagemaker:InvokeEndpoint", COMPONENT.format(t=whose), {**context, **mine}),
    ]


def test_on_a_shared_endpoint_a_tenant_calls_its_own_components_and_no_others() -> None:
    """Both answers must be yes: IAM is asked for the endpoint and for the component."""
    for caller in TENANTS:
        for whose in TENANTS:
            for more in ({}, {"sagemaker:TargetModel": f"{caller}/churn/u-0.tar.gz"}):
                decisions = [allowed(one, POLICY) for one in call_of_component(caller, whose, **more)]
                assert decisions == [True, caller == whose], (caller, whose)


def test_who_shares_a_model_calls_its_component_on_a_shared_endpoint() -> None:
    for caller, pool, whose in product(PREFIXES, PREFIXES, PREFIXES):
        decisions = [allowed(pooled(one, pool), POLICY) for one in call_of_component(caller, whose)]
        assert decisions == [True, whose in {caller, pool}], (caller, pool, whose)


def test_a_target_of_ones_own_opens_no_endpoint_of_a_neighbours() -> None:
    form = ("sagemaker:InvokeEndpoint", OWN_ENDPOINT, OF_TENANT)
    for caller in TENANTS:
        for whose in set(TENANTS) - {caller}:
            asked = request(form, whose, caller)
            aimed = {**asked.context, "sagemaker:TargetModel": f"{caller}/churn/u-0.tar.gz"}
            assert not allowed(Request(asked.action, asked.resource, aimed), POLICY), (caller, whose)
            shared = {**asked.context, "sagemaker:TargetModel": "vendor/churn/u-0.tar.gz"}
            assert not allowed(pooled(Request(asked.action, asked.resource, shared), "vendor"), POLICY), (caller, whose)


def test_without_the_test_for_a_tenants_tag_a_target_would_open_it() -> None:
    """Planted: the statement as it was before tenants had endpoints of their own."""
    planted = [
        {**one, "Condition": {**one["Condition"], "Null": {"sagemaker:TargetModel": "false"}}}
        if one["Sid"] == "InvokeOwnModels"
        else one
        for one in POLICY
    ]
    asked = request(("sagemaker:InvokeEndpoint", OWN_ENDPOINT, OF_TENANT), "globex", "acme")
    aimed = Request(asked.action, asked.resource, {**asked.context, "sagemaker:TargetModel": "acme/churn/u-0.tar.gz"})
    assert (allowed(aimed, planted), allowed(aimed, POLICY)) == (True, False)


UPLOADS = ("a" * 26, "2" * 26, "abcdefghijklmnopqrstuvwxyz"[::-1])


def test_the_hostname_of_a_container_is_one_tenants_whatever_others_are_called() -> None:
    """Beside the names of the matrix, tenants that are called like the beginning of a hostname, as far as a name goes.

    SageMaker does not say whether case counts in hostnames, so the same in capitals is asked for, too.
    """
    owners = ("a", "a-a", "acme", "acme-eu", "z" * 32)
    hostnames = {container_name(whose, upload): whose for whose in owners for upload in UPLOADS}
    of_nobody = {name: "" for hostname in hostnames for name in (twin_name(hostname), hostname.upper())}
    callers = {*owners, *(name[:end].strip("-") for name in hostnames for end in range(1, 33))}
    for caller in sorted(callers):
        for hostname, whose in (hostnames | of_nobody).items():
            asked = {"aws:PrincipalTag/tenant": caller, "sagemaker:TargetContainerHostname": hostname}
            decision = allowed(Request("sagemaker:InvokeEndpoint", ENDPOINT, asked | OF_CONTAINERS), POLICY)
            assert decision == (whose == caller), (caller, hostname)


def test_a_pattern_that_only_begins_with_a_tenants_name_would_reach_a_longer_one() -> None:
    """Planted: the pattern that one would write first."""
    planted = _replaced(POLICY, "-" + "?" * 26, "-*")
    asked = request(OWN["invoke own container"], "acme-eu", "acme")
    assert (allowed(asked, planted), allowed(asked, POLICY)) == (True, False)


def test_a_target_of_ones_own_opens_no_container_of_a_neighbours() -> None:
    """Whichever of the two SageMaker looks at."""
    asked = request(OWN["invoke own container"], "globex", "acme")
    aimed = Request(asked.action, asked.resource, asked.context | {"sagemaker:TargetModel": "acme/churn/u-0.tar.gz"})
    planted = [_without(one, "aws:ResourceTag/tenantry:serving") for one in POLICY]
    assert (allowed(aimed, planted), allowed(aimed, POLICY)) == (True, False)


def test_a_container_of_ones_own_opens_no_endpoint_of_a_neighbours() -> None:
    own = request(OWN["invoke own container"], "acme", "acme")
    for resource, tags in ((OWN_ENDPOINT, OF_TENANT), (ENDPOINT, FOR_COMPONENTS)):
        theirs = {key: value.format(t="globex") for key, value in tags.items()}
        plain = {key: value for key, value in own.context.items() if key not in OF_CONTAINERS}
        asked = Request(own.action, resource.format(t="globex"), plain | theirs)
        assert allowed(asked, POLICY) is (tags is FOR_COMPONENTS), "of that one the component is asked for, too"


def _without(statement: dict[str, Any], key: str) -> dict[str, Any]:
    """The statement without its test that this key is not there."""
    condition = statement.get("Condition", {})
    null = {name: value for name, value in condition.get("Null", {}).items() if name != key}
    return {**statement, "Condition": {**condition, "Null": null}} if null else statement


def test_an_endpoint_for_components_is_no_way_to_any_other() -> None:
    """Its tag is the endpoint's, and what has a tenant's tag never has it: a host is either shared or one's own."""
    for caller in TENANTS:
        context = {"aws:PrincipalTag/tenant": caller}
        assert not allowed(Request("sagemaker:InvokeEndpoint", ENDPOINT, context), POLICY)
        for tag in ("multi-model", "multi-container", "real-time"):
            tagged = {**context, "aws:ResourceTag/tenantry:serving": tag}
            assert not allowed(Request("sagemaker:InvokeEndpoint", ENDPOINT, tagged), POLICY)


@pytest.mark.parametrize("pattern", ["${aws:PrincipalTag/tenant}/*", "TENANT#${aws:PrincipalTag/tenant}"])
def test_the_matrix_sees_a_pattern_that_does_not_end_in_a_delimiter(pattern: str) -> None:
    """The classic mistake, planted: without it this test would not know whether the matrix can fail."""
    careless = pattern.replace("}/*", "}*").replace(
        "TENANT#${aws:PrincipalTag/tenant}", "TENANT#${aws:PrincipalTag/tenant}*"
    )
    planted = _replaced(POLICY, pattern, careless)
    name = "invoke own target" if "/*" in pattern else "read own route"
    assert allowed(request(OWN[name], "aa", "a"), planted)
    assert not allowed(request(OWN[name], "aa", "a"), POLICY)


def test_a_host_record_is_readable_by_every_tenant_but_not_with_a_neighbours_route() -> None:
    def reads(*keys: str) -> bool:
        context = {"dynamodb:LeadingKeys": list(keys), "aws:PrincipalTag/tenant": "a"}
        return allowed(Request("dynamodb:BatchGetItem", ROUTES, context), POLICY)

    assert reads("HOST#fleet-sklearn")
    assert reads("HOST#fleet-sklearn", "TENANT#a")
    assert not reads("TENANT#a", "TENANT#aa")


def test_without_a_tag_the_role_reaches_nothing() -> None:
    for form in (OWN | NEVER).values():
        asked = request(form, "acme", "acme")
        untagged = {key: value for key, value in asked.context.items() if key != "aws:PrincipalTag/tenant"}
        assert not allowed(Request(asked.action, asked.resource, untagged), POLICY)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"aws:RequestTag/tenant": "acme", "aws:TagKeys": ["tenant"]}, True),
        ({}, False),
        ({"aws:RequestTag/tenant": "", "aws:TagKeys": ["tenant"]}, False),
        ({"aws:RequestTag/team": "x", "aws:TagKeys": ["team"]}, False),
        ({"aws:RequestTag/tenant": "acme", "aws:TagKeys": ["tenant", "admin"]}, False),
        ({"aws:RequestTag/tenant": "acme", "aws:RequestTag/pool": "v", "aws:TagKeys": ["tenant", "pool"]}, True),
        ({"aws:RequestTag/tenant": "acme", "aws:RequestTag/pool": "", "aws:TagKeys": ["tenant", "pool"]}, False),
        ({"aws:RequestTag/pool": "v", "aws:TagKeys": ["pool"]}, False),
    ],
)
def test_the_role_is_assumed_with_the_tag_tenant_and_at_most_pool_beside_it(
    context: dict[str, Any], expected: bool
) -> None:
    trust = ROLE["AssumeRolePolicyDocument"]["Statement"]
    assert assumable(Request("sts:AssumeRole", "*", context), trust) is expected


def test_nobody_asks_a_queue_past_the_record_of_whose_request_it_is() -> None:
    """Requests are dropped; the control plane asks."""
    for more in ({}, {"aws:ResourceTag/tenantry:tenant": "acme"}):
        known = {**more, "aws:PrincipalTag/tenant": "acme"}
        assert not allowed(Request("sagemaker:InvokeEndpointAsync", ENDPOINT, known), POLICY)


def test_a_session_policy_takes_away_and_adds_nothing() -> None:
    session = [{"Effect": "Allow", "Action": "sagemaker:InvokeEndpoint", "Resource": ENDPOINT}]
    asked = request(OWN["invoke own target"], "acme", "acme")
    assert allowed(asked, POLICY, session=session)
    assert not allowed(request(OWN["drop a model"], "acme", "acme"), POLICY, session=session)
    assert not allowed(request(OWN["invoke own target"], "acme-eu", "acme"), POLICY, session=session)


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(part, old, new) for key, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, old, new) for part in value]
    return value.replace(old, new) if isinstance(value, str) else value
