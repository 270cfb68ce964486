"""However large or hostile the artifact: at most 32 MiB above idle."""

import random
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator

import psutil
import pytest

from tenantry.domain.artifacts import Caps, Expectations, Judgement, judge_artifact
from tests.unit.domain.artifacts.packing import END, GNU, gz, header, long_name, member
from tests.unit.domain.artifacts.rows import host

MIB = 2**20
BOUND = 32 * MIB
XGBOOST = host("xgboost")
ZEROS, NOISE = bytes(MIB), random.Random(7).randbytes(MIB)


def archive(mebibyte: bytes, count: int, level: int) -> Iterator[bytes]:
    """An archive of one model of `count` MiB, made as it is read."""
    deflate = zlib.compressobj(level, wbits=31)
    yield deflate.compress(header(b"xgboost-model", count * MIB))
    yield from (deflate.compress(mebibyte) for _ in range(count))
    yield deflate.compress(END)
    yield deflate.flush()


def measured(chunks: Iterable[bytes], expected: Expectations, caps: Caps) -> tuple[Judgement, int, int]:
    """The judgement, and by how many bytes Python's heap and the process grew at most."""
    process = psutil.Process()
    idle = peak = process.memory_info().rss

    def watched() -> Iterator[bytes]:
        nonlocal peak
        for chunk in chunks:
            peak = max(peak, process.memory_info().rss)
            yield chunk

    tracemalloc.start()
    judgement = judge_artifact(watched(), expected, caps)
    _, heap = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return judgement, heap, peak - idle


@pytest.mark.parametrize(
    ("mebibyte", "level", "caps"),
    [(NOISE, 0, Caps()), (ZEROS, 1, Caps(ratio=5_000))],
    ids=["incompressible", "highly compressible"],
)
def test_a_gibibyte_is_judged_in_a_few_mebibytes(mebibyte: bytes, level: int, caps: Caps) -> None:
    judgement, heap, grown = measured(archive(mebibyte, 1024, level), XGBOOST, caps)
    assert judgement.accepted, judgement.reason
    assert judgement.plain_bytes == 1024 * MIB + 512 + len(END)
    assert heap < BOUND
    assert grown < BOUND


def test_a_bomb_of_a_gibibyte_ends_soon_after_the_allowance() -> None:
    judgement, heap, grown = measured(archive(ZEROS, 1024, 9), XGBOOST, Caps())
    assert [finding.check for finding in judgement.findings] == ["A112"]
    assert judgement.plain_bytes <= 129 * MIB
    assert max(heap, grown) < BOUND


def with_long_names(count: int) -> bytes:
    """Distinct names of a kilobyte that fold to twelve: what an archive can do to those who remember names."""
    paths = ("/".join(["ﷺ" * 80] * 4 + [f"{n:06}"]) for n in range(count))
    return b"".join(long_name(path.encode()) + member(b"m", b"x", magic=GNU) for path in paths)


def with_deep_folders(count: int) -> bytes:
    paths = (f"{n:x}/" + "d/" * 45 + "f" for n in range(count))
    return b"".join(long_name(path.encode()) + member(b"m", b"x", magic=GNU) for path in paths)


def with_findings(count: int) -> bytes:
    return b"".join(member(b"%d.pkl" % n, b"x") for n in range(count))


@pytest.mark.parametrize(
    ("made", "read", "checks"),
    [
        (with_long_names, 9_990, []),
        (with_deep_folders, 212, ["A212"]),
        (with_findings, 9_990, ["A403"] * 5),
    ],
    ids=["long names", "deep folders", "findings"],
)
def test_ten_thousand_members_cannot_fill_the_memory(
    made: Callable[[int], bytes], read: int, checks: list[str]
) -> None:
    judgement, heap, _ = measured([gz(made(9_990) + END)], host("any"), Caps())
    assert judgement.members == read
    assert [finding.check for finding in judgement.findings] == checks
    assert heap < BOUND


def test_a_chunk_larger_than_the_bound_costs_nothing_more() -> None:
    chunk = b"".join(archive(NOISE, 64, 0))
    _, heap, _ = measured([chunk], XGBOOST, Caps())
    assert heap < 4 * MIB
