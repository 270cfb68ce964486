"""Which option is taken for which needs and isolation, and the sentences that say why."""

import pytest

from tenantry.domain.errors import Rejected
from tenantry.domain.options import REFUSALS, Isolation, Serving
from tenantry.domain.policy import Fleet, Needs, choose, weigh
from tenantry.domain.policy.filters import FILTERS
from tests.unit.domain.policy.ground import PARTS, SKLEARN, TRIO, fleet, given, label, needs

NOTHING = "none"
NEEDS = {
    "a quiet model": needs(),
    "a busy model": needs(requests_per_day=2_000_000),
    "an interactive model": needs(latency=300),
    "an interactive model, quite idle": needs(latency=30_000, requests_per_day=10),
    "a tiny model, quite idle": needs(artifact_bytes=1_000_000, requests_per_day=10),
    "a payload of 5 MB": needs(payload_bytes=5_000_000),
    "a payload of 50 MB": needs(payload_bytes=50_000_000),
    "50 MB, answered later": needs(payload_bytes=50_000_000, answer="later"),
    "ten minutes a request, answered later": needs(seconds_per_request=600, answer="later", requests_per_day=20),
    "a nightly file": needs(answer="batch", requests_per_day=100_000),
    "any way, a few": needs(answer="any", requests_per_day=20, payload_bytes=50_000_000),
    "any way within minutes": needs(answer="any", latency="minutes", payload_bytes=50_000_000),
    "a GPU": needs(gpu=True),
    "a GPU, answered later": needs(gpu=True, answer="later", requests_per_day=20),
    "cut off the network": needs(network="isolated"),
    "a model of 3 GB": needs(artifact_bytes=3_000_000_000, requests_per_day=10),
}
ON_SKLEARN, ON_TRIO = "multi-model on fleet sklearn", "multi-container on fleet trio"
EXPECTED: dict[str, tuple[str, str, str]] = {
    "a quiet model": ("serverless", ON_SKLEARN, "serverless"),
    "a busy model": ("real-time", ON_SKLEARN, "real-time"),
    "an interactive model": ("real-time", ON_SKLEARN, ON_SKLEARN),
    "an interactive model, quite idle": ("serverless", ON_SKLEARN, "serverless"),
    "a tiny model, quite idle": ("serverless", ON_SKLEARN, "serverless"),
    "a payload of 5 MB": ("real-time", ON_SKLEARN, ON_SKLEARN),
    "a payload of 50 MB": (NOTHING, NOTHING, NOTHING),
    "50 MB, answered later": ("asynchronous", NOTHING, "asynchronous"),
    "ten minutes a request, answered later": ("asynchronous", NOTHING, "asynchronous"),
    "a nightly file": ("batch-transform", "batch-transform", "batch-transform"),
    "any way, a few": ("batch-transform", "batch-transform", "batch-transform"),
    "any way within minutes": ("asynchronous", NOTHING, "asynchronous"),
    "a GPU": ("real-time", NOTHING, "real-time"),
    "a GPU, answered later": ("asynchronous", NOTHING, "asynchronous"),
    "cut off the network": ("real-time", ON_SKLEARN, ON_SKLEARN),
    "a model of 3 GB": ("real-time", NOTHING, "real-time"),
}
CELLS = [
    pytest.param(NEEDS[name], isolation, expected, id=f"{name}, {isolation}")
    for name, row in EXPECTED.items()
    for isolation, expected in zip(Isolation, row, strict=True)
]


def taken(wanted: Needs, isolation: str) -> str:
    try:
        return label(choose(wanted, given(isolation)))
    except Rejected:
        return NOTHING


@pytest.mark.parametrize(("wanted", "isolation", "expected"), CELLS)
def test_the_cheapest_legal_option_is_taken(wanted: Needs, isolation: Isolation, expected: str) -> None:
    assert taken(wanted, isolation) == expected


def test_every_option_wins_somewhere() -> None:
    silo = choose(needs(latency=300), given("silo", instance_type="ml.m5.large"))
    trio = choose(needs(), given("bridge", fleets=(TRIO,)))
    parts = choose(needs(), given("bridge", fleets=(PARTS,)))
    won = {silo.option, trio.option, parts.option}
    won |= {Serving(name.split(" on ")[0]) for row in EXPECTED.values() for name in row if name != NOTHING}
    assert won == set(Serving)


MAIL = """\
serverless, about $4.15 a month for 2,000 requests a day (60,000 requests x 3.5 s x 1 GB at $0.00002 per GB-second)
real-time would cost $83 a month (ml.m5.large all day at $0.115 an hour)
asynchronous is out: it answers later, through S3, and answer immediate is declared
multi-model is out: isolation silo, and a multi-model endpoint is a shared host (Tenantry's policy): {hint}
multi-container is out: isolation silo, and a multi-container endpoint is a shared host (Tenantry's policy): {hint}
inference-component is out: isolation silo, and its hosts are a fleet's, which a silo does not share
batch-transform is out: it answers in files, once a job has run, and answer immediate is declared
costs are estimates from the prices of us-east-1 as of 2026-11-22"""


def test_the_reasons_read_like_a_mail() -> None:
    choice = choose(needs(requests_per_day=2_000, seconds_per_request=2), given("silo", instance_type="ml.m5.large"))
    assert "\n".join(choice.because) == MAIL.format(hint="use isolation bridge, or real-time for a silo")


def test_a_choice_says_what_it_runs_on() -> None:
    own = choose(needs(latency=300, requests_per_day=2_000_000), given("silo"))
    assert (own.fleet, own.estimate.instance_type) == (None, "ml.c5.large")
    assert (own.estimate.least, own.estimate.most) == (1, 5)
    serverless = choose(needs(), given("silo")).estimate
    assert (serverless.instance_type, serverless.memory_mb, serverless.at_once) == (None, 1024, 1)
    assert choose(needs(), given("bridge")).fleet == "sklearn"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"models": 1}, "multi-model on fleet zoo has fewer neighbours", id="neighbours"),
        pytest.param({}, "multi-model on fleet sklearn comes first by name", id="name"),
    ],
)
def test_ties_are_broken_by_what_is_felt_then_by_name(changes: dict[str, int], words: str) -> None:
    choice = choose(needs(), given("bridge", fleets=(fleet(name="zoo", **changes), SKLEARN)))
    assert choice.because[1].endswith(f"at $0.115 an hour), and {words}")
    assert choice.because[1].split(" would also cost ")[0] != choice.because[0].split(", about")[0]


def test_of_equal_costs_the_option_with_fewer_calls_to_sagemaker_is_taken() -> None:
    busy = choose(needs(requests_per_day=2_000_000), given("bridge", fleets=(SKLEARN, TRIO))).because
    assert busy[0].startswith("multi-model on fleet sklearn, about $137 a month")
    assert busy[1].startswith("multi-container on fleet trio would also cost $137 a month (")
    assert busy[1].endswith("), and multi-model on fleet sklearn needs fewer calls to SageMaker")


def test_of_equal_costs_the_one_without_a_cold_start_is_taken() -> None:
    idle = needs(requests_per_day=0, answer="any")
    assert [(str(one.candidate), one.estimate.usd) for one in weigh(idle, given("silo")).legal][:3] == [
        ("serverless", 0),
        ("asynchronous", 0),
        ("batch-transform", 0),
    ]
    why = choose(idle, given("silo")).because
    assert why[0].startswith("serverless, less than a cent a month for 0 requests a day")
    assert why[1].endswith("and serverless answers sooner from cold")


def test_nothing_legal_is_rejected_with_the_reasons_against_every_option() -> None:
    with pytest.raises(Rejected) as caught:
        choose(needs(payload_bytes=2 * 10**9, answer="later"), given("bridge", fleets=()))
    assert caught.value.check == "placement"
    told = caught.value.reason
    assert told.startswith("no serving option is possible with these needs. real-time is out: isolation bridge, and ")
    assert [option for option in Serving if f"{option} is out: " in told] == list(Serving)
    assert "a request may have 1,000,000,000 bytes, and the largest declared has 2,000,000,000" in told
    assert told.count("there is no fleet for it") == 3


def test_many_fleets_that_are_out_are_counted() -> None:
    others = [fleet(name=f"torch-{number}", framework="pytorch") for number in range(7)]
    told = [why for why in choose(needs(), given("bridge", fleets=(SKLEARN, *others))).because if "torch" in why]
    assert told[0] == "multi-model on fleet torch-0 is out: fleet torch-0 serves pytorch, and this is sklearn"
    assert len(told) == 3
    assert "multi-model is out on 4 more fleets" in choose(needs(), given(fleets=(SKLEARN, *others))).because


def test_whatever_no_fleet_can_change_is_said_once() -> None:
    fleets = [fleet(name=f"torch-{number}", framework="pytorch") for number in range(7)]
    told = [why for why in choose(needs(), given("silo", fleets=fleets)).because if why.startswith("multi-model")]
    assert told == [f"multi-model is out: isolation silo, and {REFUSALS[Serving.MULTI_MODEL, Isolation.SILO]}"]


def test_of_an_option_that_is_legal_elsewhere_the_fleet_is_named() -> None:
    other = fleet(name="torch", framework="pytorch")
    told = [why for why in choose(needs(), given("bridge", fleets=(SKLEARN, other))).because if "torch" in why]
    assert told == ["multi-model on fleet torch is out: fleet torch serves pytorch, and this is sklearn"]


HOPELESS_FLEET: Fleet = fleet(
    ready=False,
    framework="sklearn",
    instances={"min": 1, "max": 1},
    room=0,
    trust="tenant",
    tenant="globex",
    network=True,
)


def test_a_candidate_that_every_filter_could_reject_is_told_by_all_of_them() -> None:
    wanted = needs(
        latency=1, payload_bytes=10**12, seconds_per_request=3_601, requests_per_day=10**7, gpu=True, network="isolated"
    )
    facts = given("silo", fleets=(HOPELESS_FLEET, fleet(instance_type="ml.new.large", name="new")), vpc=True)
    weighing = weigh(wanted.model_copy(update={"answer": "batch", "artifact_bytes": 10**12}), facts)
    assert weighing.legal == ()
    objecting = {name for out in weighing.out for name, _ in out.because}
    assert objecting >= {each.__name__ for each in FILTERS} - {"capacity", "served"}
    shown = {str(out.candidate): [name for name, _ in out.because] for out in weighing.out}
    assert shown["serverless"] == [
        "answer",
        "latency",
        "cold_start",
        "payload",
        "processing_time",
        "concurrency",
        "gpu",
        "network",
        "memory",
    ]
    sentences = [sentence for out in weighing.out for _, sentence in out.because]
    assert all(sentence and sentence[-1] != "." for sentence in sentences)
