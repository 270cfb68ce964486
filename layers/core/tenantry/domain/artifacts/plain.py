"""The plain bytes of the archive, read in the amounts tar asks for."""

from collections.abc import Iterable, Iterator


class Plain:
    """A reader over blocks that holds one block at a time; `at` is the offset of the next byte."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self.at = 0
        self._blocks = iter(blocks)
        self._block = memoryview(b"")

    def take(self, count: int) -> bytes:
        """`count` bytes, fewer only at the end. For small counts."""
        return b"".join(self.stream(count))

    def stream(self, count: int | None = None) -> Iterator[memoryview]:
        """`count` bytes (`None`: all there are) in blocks as they come, fewer only at the end."""
        while count is None or count > 0:
            if not self._block:
                self._block = memoryview(next(self._blocks, b""))
            if not self._block:
                return
            taken, self._block = self._block[:count], self._block[count:] if count else memoryview(b"")
            self.at += len(taken)
            count = None if count is None else count - len(taken)
            yield taken
