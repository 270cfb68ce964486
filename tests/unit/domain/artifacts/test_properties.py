"""Whatever bytes come: a judgement, and the same one twice."""

import gzip

from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.domain.artifacts import Caps, Judgement, judge_artifact
from tests.unit.domain.artifacts.honest_archives import ROWS
from tests.unit.domain.artifacts.packing import gz, honest, tgz
from tests.unit.domain.artifacts.rows import SKLEARN

CAPS = Caps(ratio_after=2**20, plain_bytes=2**24)
SEEDS = st.sampled_from([row.body for row in ROWS])
CHUNKS = st.integers(1, 5000)


def judged_twice(body: bytes, chunk: int) -> Judgement:
    pieces = (body[at : at + chunk] for at in range(0, len(body), chunk))
    judgement = judge_artifact(pieces, SKLEARN, CAPS)
    assert judgement == judge_artifact([body], SKLEARN, CAPS)
    assert judgement.reason
    return judgement


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000), CHUNKS)
def test_any_bytes_are_judged(body: bytes, chunk: int) -> None:
    assert not judged_twice(body, chunk).accepted


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=3000), CHUNKS)
def test_any_bytes_in_a_gzip_are_judged(plain: bytes, chunk: int) -> None:
    assert not judged_twice(gz(plain), chunk).accepted


@settings(max_examples=400, deadline=None)
@given(SEEDS, st.data(), CHUNKS)
def test_a_flipped_bit_is_seen_or_changes_no_content(seed: bytes, data: st.DataObject, chunk: int) -> None:
    at = data.draw(st.integers(0, len(seed) - 1))
    body = bytearray(seed)
    body[at] ^= 1 << data.draw(st.integers(0, 7))
    assert not judged_twice(bytes(body), chunk).accepted or gzip.decompress(body) == gzip.decompress(seed)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_flipped_bits_of_the_tar_never_raise(data: st.DataObject) -> None:
    plain = bytearray(honest() + bytes(1024))
    for _ in range(data.draw(st.integers(1, 4))):
        plain[data.draw(st.integers(0, len(plain) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    judged_twice(gz(bytes(plain)), 512)


@settings(max_examples=300, deadline=None)
@given(SEEDS, st.data())
def test_a_truncated_archive_is_refused(seed: bytes, data: st.DataObject) -> None:
    body = seed[: data.draw(st.integers(0, len(seed) - 1))]
    assert not judged_twice(body, 999).accepted or gzip.decompress(body) == gzip.decompress(seed)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 4096))
def test_a_tar_cut_anywhere_is_refused(at: int) -> None:
    plain = honest() + bytes(1024)
    assert not judge_artifact([gz(plain[: min(at, len(plain) - 1)])], SKLEARN).accepted
    assert judge_artifact([tgz(honest())], SKLEARN).accepted
