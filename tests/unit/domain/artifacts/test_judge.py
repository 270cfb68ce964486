"""The corpus: each row's archive gets its verdict, its check and its sentence."""

import hashlib
from collections.abc import Iterator

import pytest

from tenantry.domain.artifacts import Judgement, judge_artifact
from tenantry.domain.artifacts.catalogue import CHECKS
from tests.unit.domain.artifacts import bad_names, broken_gzips, broken_tars, honest_archives, wrong_contents
from tests.unit.domain.artifacts.packing import packed
from tests.unit.domain.artifacts.rows import SKLEARN, Accepted, Refused

REFUSED = (*broken_gzips.ROWS, *broken_tars.ROWS, *bad_names.ROWS, *wrong_contents.ROWS)
ACCEPTED = honest_archives.ROWS


def cut(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def errors(judgement: Judgement) -> list[str]:
    return [finding.check for finding in judgement.findings if finding.severity == "error"]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_a_bad_archive_is_refused_by_its_check_in_words(row: Refused) -> None:
    judgement = judge_artifact(cut(row.body, 1000), row.expected, row.caps)
    assert not judgement.accepted
    assert errors(judgement) == [row.check]
    assert row.says in judgement.reason
    assert judgement.reason.startswith(row.check)
    assert judgement.reason.endswith(CHECKS[row.check].fix)


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row.name)
def test_an_honest_archive_is_accepted(row: Accepted) -> None:
    judgement = judge_artifact(cut(row.body, 1000), row.expected)
    assert judgement.accepted, judgement.reason
    assert judgement.sha256 == hashlib.sha256(row.body).hexdigest()
    assert judgement.size == len(row.body)
    assert tuple(finding.check for finding in judgement.findings) == row.findings
    assert judgement.reason.startswith(f"accepted: {judgement.members} members")


@pytest.mark.parametrize("row", [*REFUSED, *ACCEPTED], ids=lambda row: row.name)
def test_how_the_body_is_cut_changes_nothing(row: Refused | Accepted) -> None:
    caps = {"caps": row.caps} if isinstance(row, Refused) else {}
    whole = judge_artifact([row.body], row.expected, **caps)
    assert judge_artifact(cut(row.body, 7), row.expected, **caps) == whole
    assert judge_artifact([b"", *cut(row.body, 65_537), b""], row.expected, **caps) == whole


def test_the_corpus_is_large_and_knows_every_error() -> None:
    assert len(REFUSED) >= 60
    assert len(ACCEPTED) >= 15
    assert len({row.name for row in REFUSED}) == len(REFUSED)
    found = {row.check for row in REFUSED} | {check for row in ACCEPTED for check in row.findings}
    assert found == set(CHECKS)


def test_every_sentence_can_go_into_a_log_line_and_a_mail() -> None:
    for row in REFUSED:
        for finding in judge_artifact([row.body], row.expected, row.caps).findings:
            assert str(finding).isprintable()
            assert len(str(finding)) < 500


def test_a_hostile_body_is_not_read_to_its_end() -> None:
    body = broken_gzips.PLAIN
    pieces = iter([b"\x1f\x8c" + body] + [bytes(65_536)] * 100)
    judgement = judge_artifact(pieces, SKLEARN)
    assert judgement.sha256 == ""
    assert judgement.size <= 2 * 65_536
    assert len(list(pieces)) > 90


def test_what_is_wrong_with_files_is_collected_five_times_at_most() -> None:
    files = {f"{n}.pkl": b"x" for n in range(9)} | {"code/inference.py": b"x", "model.h5": b"x"}
    judgement = judge_artifact([packed(files)], wrong_contents.DATA)
    assert errors(judgement) == ["A402"] * 5 + ["A404", "A405"]
    assert judgement.sha256


def test_what_the_transport_raises_passes_through() -> None:
    def broken() -> Iterator[bytes]:
        yield broken_gzips.GOOD[:20]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        judge_artifact(broken(), SKLEARN)
