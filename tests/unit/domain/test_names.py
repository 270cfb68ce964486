"""Keys of the drop bucket, honest and hostile: what each asks for, and that none reaches a neighbour."""

import json
import random
import re
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tenantry.domain.names import Drop, DropKind, Label, Name, parse_drop, resource_name, serving_key, upload_id

FLEET, TENANT, VERSION = DropKind.FLEET, DropKind.TENANT, DropKind.VERSION
REQUEST, BATCH, COMPANION, STRAY = DropKind.REQUEST, DropKind.BATCH, DropKind.COMPANION, DropKind.STRAY
LONGEST = "a" * 32


class Row(NamedTuple):
    name: str
    attacks: str
    key: str
    verdict: DropKind
    size: int = 100


HONEST = (
    Row("a fleet", "", "fleets/sklearn.json", FLEET),
    Row("a tenant", "", "tenants/acme.json", TENANT),
    Row("a tenant of one letter", "", "tenants/a.json", TENANT),
    Row("the longest tenant", "", f"tenants/{LONGEST}.json", TENANT),
    Row("a version", "", "models/acme/churn/v1/model.tar.gz", VERSION),
    Row("a training job", "", "models/acme/churn/churn-2026-11-22-03-51-00-123/output/model.tar.gz", VERSION),
    Row("the longest version", "", f"models/acme/churn/{'V' * 63}/model.tar.gz", VERSION),
    Row("a version called output", "", "models/acme/churn/output/model.tar.gz", VERSION),
    Row("a request", "", "requests/acme/churn/order-17.csv", REQUEST),
    Row("a batch", "", "batches/acme/churn/night-1/part-0001.csv", BATCH),
    Row("a batch in folders", "", "batches/acme/churn/night-1/a=1/b=2/part.csv", BATCH),
    Row("a start of a batch", "", "batches/acme/churn/night-1/_START", BATCH, 0),
    Row("training output", "", "models/acme/churn/job-1/output/output.tar.gz", COMPANION),
    Row("profiler output", "", "models/acme/churn/job-1/profiler-output/system/training_job_end.ts", COMPANION),
    Row("debug output", "", "models/acme/churn/job-1/debug-output/collections/000000000/worker_0.json", COMPANION),
    Row("rule output", "", "models/acme/churn/job-1/rule-output/ProfilerReport/report.html", COMPANION),
    Row("a check point", "", "models/acme/churn/job-1/checkpoints/epoch=3 loss=0.1.ckpt", COMPANION),
    Row("a folder marker", "", "models/acme/", COMPANION, 0),
    Row("a folder marker of a batch", "", "batches/acme/churn/night-1/part_1/", COMPANION, 0),
)

HOSTILE = (
    Row("nothing", "parsers", "", STRAY),
    Row("a slash", "parsers", "/", STRAY, 0),
    Row("a leading slash", "a second spelling", "/tenants/acme.json", STRAY),
    Row("two slashes", "an empty tenant", "models//churn/v1/model.tar.gz", STRAY),
    Row("an empty version", "an empty field", "models/acme/churn//model.tar.gz", STRAY),
    Row("a climb", "a neighbour's prefix", "models/acme/../globex/churn/v1/model.tar.gz", STRAY),
    Row("a tenant of two dots", "a neighbour's prefix", "models/../churn/v1/model.tar.gz", STRAY),
    Row("a version of two dots", "a neighbour's prefix", "models/acme/churn/../model.tar.gz", STRAY),
    Row("an item of two dots", "a neighbour's results", "requests/acme/churn/..", STRAY),
    Row("a climbing batch", "a neighbour's results", "batches/acme/churn/night/../../../globex/x", STRAY),
    Row("a batch ending in dots", "a neighbour's results", "batches/acme/churn/night/..", STRAY),
    Row("a dot in a batch", "a second spelling", "batches/acme/churn/night/./x", STRAY),
    Row("an empty step in a batch", "a second spelling", "batches/acme/churn/night//x", STRAY),
    Row("an encoded slash", "decoding", "models/acme%2Fglobex/churn/v1/model.tar.gz", STRAY),
    Row("encoded dots", "decoding", "models/%2e%2e/churn/v1/model.tar.gz", STRAY),
    Row("encoded twice", "decoding twice", "tenants/%2561cme.json", STRAY),
    Row("a plus", "decoding to a space", "models/acme/churn/v1+2/model.tar.gz", STRAY),
    Row("an encoded plus", "decoding", "models/acme/churn/v1%2B2/model.tar.gz", STRAY),
    Row("a space", "trimming", "tenants/acme .json", STRAY),
    Row("a space in front", "trimming", " tenants/acme.json", STRAY),
    Row("a newline at the end", "$ in a pattern", "tenants/acme.json\n", STRAY),
    Row("a newline inside", "log lines", "tenants/ac\nme.json", STRAY),
    Row("a carriage return", "mail headers", "tenants/acme.json\r\nBcc: x", STRAY),
    Row("a zero byte", "C strings", "tenants/acme\0.json", STRAY),
    Row("upper case", "case folding", "tenants/ACME.json", STRAY),
    Row("a capital form", "case folding", "Tenants/acme.json", STRAY),
    Row("a Cyrillic a", "eyes", "tenants/\u0430cme.json", STRAY),
    Row("a full-width a", "normalising", "tenants/\uff41cme.json", STRAY),
    Row("a kelvin sign", "case folding to k", "tenants/\u212aey.json", STRAY),
    Row("a long s", "case folding to s", "tenants/\u017file.json", STRAY),
    Row("a fancy digit", "\\d in a pattern", "tenants/acme\u0661.json", STRAY),
    Row("a superscript", "normalising", "tenants/acme\u00b2.json", STRAY),
    Row("a full-width slash", "normalising", "models/acme\uff0fchurn/v1/model.tar.gz", STRAY),
    Row("a soft hyphen", "eyes", "tenants/ac\u00adme.json", STRAY),
    Row("right to left", "eyes", "tenants/\u202eacme.json", STRAY),
    Row("a byte order mark", "decoders that drop it", "\ufefftenants/acme.json", STRAY),
    Row("a lone surrogate", "encoders", "tenants/\ud800.json", STRAY),
    Row("a hyphen in front", "options of commands", "tenants/-acme.json", STRAY),
    Row("a hyphen at the end", "names cut at hyphens", "tenants/acme-.json", STRAY),
    Row("an underscore", "names cleaned later", "tenants/a_b.json", STRAY),
    Row("a dot in a tenant", "names cleaned later", "tenants/a.b.json", STRAY),
    Row("a hash", "keys joined by #", "models/acme#globex/churn/v1/model.tar.gz", STRAY),
    Row("a colon", "ARNs", "models/acme:globex/churn/v1/model.tar.gz", STRAY),
    Row("a star", "policies", "models/*/churn/v1/model.tar.gz", STRAY),
    Row("a question mark", "policies", "models/acm?/churn/v1/model.tar.gz", STRAY),
    Row("a policy variable", "policies", "models/${aws:username}/churn/v1/model.tar.gz", STRAY),
    Row("braces", "format strings", "batches/{tenant}/churn/b/x", STRAY),
    Row("a quote", "JSON", 'tenants/a".json', STRAY),
    Row("a JSONata end", "state machines", "tenants/a%}.json", STRAY),
    Row("a backslash", "Windows", "models\\acme\\churn\\v1\\model.tar.gz", STRAY),
    Row("33 letters", "names cut to fit", f"tenants/{LONGEST}a.json", STRAY),
    Row("a version of 64", "names cut to fit", f"models/acme/churn/{'v' * 64}/model.tar.gz", STRAY),
    Row("a megabyte", "slow patterns", "models/" + "a/" * 500_000, STRAY),
    Row("many hyphens", "slow patterns", "tenants/a" + "-" * 100_000 + ".json", STRAY),
    Row("another ending", "a second form", "models/acme/churn/v1/model.tar.gz.bak", STRAY),
    Row("an upper ending", "a second form", "models/acme/churn/v1/MODEL.TAR.GZ", STRAY),
    Row("a step too many", "a second form", "models/acme/churn/v1/output/output/model.tar.gz", STRAY),
    Row("a step too few", "a second form", "models/acme/churn/model.tar.gz", STRAY),
    Row("a folder called tenant.json", "a second form", "tenants/acme.json/", STRAY, 5),
    Row("a climbing marker", "quiet ignoring", "models/../acme/", STRAY, 0),
    Row("a filled folder marker", "quiet ignoring", "models/acme/", STRAY, 1),
    Row("a name with results in front", "another bucket's keys", "results/acme/churn/requests/1/x", STRAY),
)


@pytest.mark.parametrize("row", [*HONEST, *HOSTILE], ids=lambda row: row.name)
def test_each_key_is_what_it_says_and_nothing_else(row: Row) -> None:
    drop = parse_drop(row.key, row.size)
    assert drop.kind == row.verdict
    assert drop.key == row.key


@pytest.mark.parametrize("row", [row for row in HOSTILE if len(row.key) < 1000], ids=lambda row: row.name)
def test_the_same_key_out_of_an_event_has_the_same_verdict(row: Row) -> None:
    event = json.loads(json.dumps({"detail": {"object": {"key": row.key, "size": row.size}}}))
    assert parse_drop(event["detail"]["object"]["key"], row.size).kind == row.verdict


def test_the_corpus_is_large() -> None:
    assert len(HOSTILE) >= 40
    assert len({row.name for row in HOSTILE}) == len(HOSTILE)


def test_the_fields_are_read_where_they_stand() -> None:
    drop = parse_drop("models/acme/churn/v1/output/model.tar.gz")
    assert (drop.tenant, drop.model, drop.version) == ("acme", "churn", "v1")
    batch = parse_drop("batches/acme/churn/b1/in/x.csv")
    assert (batch.tenant, batch.model, batch.version, batch.item) == ("acme", "churn", "b1", "in/x.csv")


TENANTS = ("a", "aa", "a-a", "a--a", "acme", "acme-1", "models", "output", LONGEST)
PIECES = (
    *TENANTS, "churn", "v1", "V1", "model.tar.gz", "output", "tenants", "fleets", "models", "requests", "batches",
    ".json", "/", "/", "/", "/", "//", "..", ".", "-", "_", "%2F", "%2e", "+", " ", "\n", "\0", "#", ":", "*", "\\",
    "\u0430", "\uff0f", "\u212a", "\ud800", "{tenant}", "_START",
)  # fmt: skip
RENDERED = {
    FLEET: ("fleets/{fleet}.json",),
    TENANT: ("tenants/{tenant}.json",),
    VERSION: (
        "models/{tenant}/{model}/{version}/model.tar.gz",
        "models/{tenant}/{model}/{version}/output/model.tar.gz",
    ),
    REQUEST: ("requests/{tenant}/{model}/{item}",),
    BATCH: ("batches/{tenant}/{model}/{version}/{item}",),
}


def keys(seed: int, count: int) -> list[str]:
    """Pieces of keys put together at random, half of them damaged honest ones."""
    chance = random.Random(seed)
    made = []
    for _ in range(count // 2):
        made.append("".join(chance.choices(PIECES, k=chance.randint(1, 12))))
        tenant, model = chance.choices(TENANTS, k=2)
        honest = chance.choice([form for forms in RENDERED.values() for form in forms])
        key = honest.format(tenant=tenant, model=model, version="v1", item="x.csv", fleet=tenant)
        at = chance.randrange(len(key))
        made.append(key[:at] + chance.choice(("", *PIECES)) + key[at + chance.randint(0, 1) :])
    return made


def assert_renders(drop: Drop) -> None:
    """An accepted key says its fields, byte for byte, and its tenant is the one its prefix names."""
    fields = drop.model_dump(include={"tenant", "model", "version", "fleet", "item"})
    assert drop.key in [form.format(**fields) for form in RENDERED[drop.kind]]
    if drop.kind not in {FLEET, TENANT}:
        assert drop.key.split("/")[1] == drop.tenant
        assert not {".", "..", ""} & set(drop.key.split("/"))
    assert drop.key.isascii()
    assert drop.key.isprintable()


def test_twenty_thousand_keys_render_again_and_reach_one_tenant() -> None:
    drops = [parse_drop(key, 0) for key in keys(seed=11, count=20_000)]
    accepted = [drop for drop in drops if drop.kind in RENDERED]
    for drop in accepted:
        assert_renders(drop)
    assert 1_000 < len(accepted) < 17_000
    assert {drop.kind for drop in accepted} == set(RENDERED)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(),
        *(st.from_regex(rf"{prefix}/[ -~]{{0,20}}(?:/[ -~]{{0,9}}){{0,3}}", fullmatch=True) for prefix in (
            "fleets", "tenants", "models", "requests", "batches"
        )),
    )
)  # fmt: skip
def test_any_key_is_judged_and_an_accepted_one_renders_again(key: str) -> None:
    drop = parse_drop(key, 0)
    if drop.kind in RENDERED:
        assert_renders(drop)


@pytest.mark.parametrize("bad", ["", "A", "a_b", "-a", "a-", "a\n", "\u0430", LONGEST + "a"])
def test_a_profile_cannot_carry_a_name_a_key_could_not(bad: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(bad)
    assert parse_drop(f"tenants/{bad}.json").kind == STRAY


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "a b", "-v", "v.", "v\n", "v" * 64])
def test_a_label_is_what_a_key_can_carry(bad: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Label).validate_python(bad)


def adversarial_names() -> set[tuple[str, ...]]:
    """100,000 tuples made to be confused: twins that differ late, and seams that can be read in two ways."""
    stems = ("a", "a-", "a-b", "a.b", "a_b", "A-B", "a" * 70)
    made = {(stem, *parts) for stem in stems for parts in (("b",), ("b", "c"), ("b-c",), ("-b", "c"), ("", "b-c"))}
    made |= {("x" * 70 + f"{n}",) for n in range(40_000)}
    made |= {(f"t-{n}", "churn") for n in range(20_000)} | {("t", f"{n}-churn") for n in range(20_000)}
    made |= {(f"t-{n}-churn",) for n in range(20_000)}
    return made


def test_a_hundred_thousand_confusable_names_do_not_clash() -> None:
    names = adversarial_names()
    assert len(names) > 100_000
    assert len({resource_name(*parts) for parts in names}) == len(names)
    assert len({resource_name(*parts, room=40) for parts in names}) == len(names)
    valid = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
    assert all(valid.fullmatch(resource_name(*parts)) for parts in names)


@pytest.mark.parametrize("parts", [("...",), ("---", "-"), ("\u0430",), ("",)])
def test_a_name_with_nothing_to_read_is_still_a_name(parts: tuple[str, ...]) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", resource_name(*parts))


def test_a_hundred_thousand_uploads_have_ids_of_their_own() -> None:
    uploads = {("drop", f"models/a/m/{n}/model.tar.gz", f"{v}") for n in range(25_000) for v in range(2)}
    uploads |= {("drop", f"models/a/m/{n}/model.tar.gz{v}", "") for n in range(25_000) for v in range(2)}
    uploads |= {("drop-models", "a", "b"), ("drop", "models/a", "b"), ("drop", "models", "a/b")}
    ids = {upload_id(*each) for each in uploads}
    assert len(ids) == len(uploads) > 100_000
    assert all(re.fullmatch(r"[a-z2-7]{26}", each) for each in ids)


@given(st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True), st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True))
def test_a_serving_key_lies_under_its_tenants_prefix_alone(tenant: str, other: str) -> None:
    key = serving_key(tenant, "churn", "u" * 26, "f" * 64)
    assert key.startswith(f"{tenant}/")
    assert other == tenant or not key.startswith(f"{other}/")
