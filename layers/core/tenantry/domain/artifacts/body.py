"""The artifact as it comes from S3: counted, hashed and cut into even pieces."""

import hashlib
from collections.abc import Iterable, Iterator

PIECE = 64 * 2**10
"""Bytes. Even pieces make the verdict independent of how the transport cut its chunks."""


class Body:
    """The compressed bytes, once. `size` counts what was handed out."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.size = 0
        self._chunks = chunks
        self._sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of exactly PIECE bytes; only the last may be shorter."""
        kept = bytearray()
        for chunk in self._chunks:
            for at in range(0, len(chunk), PIECE):
                kept += chunk[at : at + PIECE]
                if len(kept) >= PIECE:
                    yield self._counted(bytes(kept[:PIECE]))
                    del kept[:PIECE]
        if kept:
            yield self._counted(bytes(kept))

    @property
    def sha256(self) -> str:
        """Hex digest of what was handed out."""
        return self._sha256.hexdigest()

    def _counted(self, piece: bytes) -> bytes:
        self.size += len(piece)
        self._sha256.update(piece)
        return piece
