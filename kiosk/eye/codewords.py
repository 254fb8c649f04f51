"""Where the bits of a QR code stand: modules <-> codewords in their blocks.

A module matrix is (side, side) bool, True for dark, without its quiet zone. Sizes of blocks come from segno's tables.
Source of all positions: ISO/IEC 18004:2015, 6.3, 7.6, 7.7 and 7.8.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from segno import consts

Modules = NDArray[np.bool_]

_LEVELS = {
    "L": consts.ERROR_LEVEL_L,
    "M": consts.ERROR_LEVEL_M,
    "Q": consts.ERROR_LEVEL_Q,
    "H": consts.ERROR_LEVEL_H,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """Version 1 to 40, error level one of LMQH, data mask 0 to 7."""

    version: int
    level: str
    mask: int

    @property
    def side(self) -> int:
        return 17 + 4 * self.version


@dataclass(frozen=True, slots=True)
class Block:
    """`codewords` are data, then `check_count` check codewords."""

    codewords: NDArray[np.uint8]
    check_count: int


def blocks(modules: Modules, kind: Kind) -> list[Block]:
    """The codewords as they stand in the modules, uncorrected, block by block."""
    places, masked = _places(kind.version), _mask(kind.mask, kind.side)
    bits = modules.ravel()[places] ^ masked.ravel()[places]
    sizes = _block_sizes(kind)
    order = _interleaving(kind)
    in_blocks = np.empty(order.size, dtype=np.uint8)
    in_blocks[order] = np.packbits(bits)[: order.size]
    found, start = [], 0
    for size, check_count in sizes:
        found.append(Block(in_blocks[start : start + size], check_count))
        start += size
    return found


def with_blocks(modules: Modules, kind: Kind, replaced: list[Block]) -> Modules:
    """The same code with these codewords in place of its own."""
    places, masked = _places(kind.version), _mask(kind.mask, kind.side)
    in_blocks = np.concatenate([block.codewords for block in replaced])
    bits = np.unpackbits(in_blocks[_interleaving(kind)]).astype(bool)
    used = places[: bits.size]
    flat = modules.ravel().copy()
    flat[used] = bits ^ masked.ravel()[used]
    return flat.reshape(modules.shape)


def codeword_trust(trust: NDArray[np.float32], kind: Kind) -> list[NDArray[np.float32]]:
    """For each block, how far each codeword can be trusted: as far as the two weakest of its eight modules."""
    places, order = _places(kind.version), _interleaving(kind)
    by_module = trust.ravel()[places][: order.size * 8].reshape(-1, 8)
    weakest = np.partition(by_module, 1, axis=1)
    in_blocks = np.empty(order.size, dtype=np.float32)
    in_blocks[order] = weakest[:, 0] + 0.5 * weakest[:, 1]
    ends = np.cumsum([size for size, _ in _block_sizes(kind)])[:-1]
    return [np.asarray(part) for part in np.split(in_blocks, ends)]


def _block_sizes(kind: Kind) -> list[tuple[int, int]]:
    """(codewords, check codewords) of each block, in their order."""
    sizes: Any = consts.ECC
    return [
        (part.num_total, part.num_total - part.num_data)
        for part in sizes[kind.version][_LEVELS[kind.level]]
        for _ in range(part.num_blocks)
    ]


@lru_cache(maxsize=160)
def _interleaving(kind: Kind) -> NDArray[np.int64]:
    """For each codeword in the order of the symbol, its place in the blocks laid end to end (7.6)."""
    sizes = _block_sizes(kind)
    starts = [0, *np.cumsum([size for size, _ in sizes])]
    data = [size - check_count for size, check_count in sizes]
    order = [starts[b] + i for i in range(max(data)) for b in range(len(sizes)) if i < data[b]]
    check_count = sizes[0][1]
    order += [starts[b] + data[b] + i for i in range(check_count) for b in range(len(sizes))]
    return np.array(order, dtype=np.int64)


@lru_cache(maxsize=40)
def _places(version: int) -> NDArray[np.int64]:
    """The flat index of each data module, in the order in which the bits were laid (7.7.3)."""
    side = 17 + 4 * version
    free = ~function_modules(version)
    places = []
    columns = [c for c in range(side - 1, 0, -2) if c > 6] + [5, 3, 1]
    for turn, right in enumerate(columns):
        rows = range(side - 1, -1, -1) if turn % 2 == 0 else range(side)
        for row in rows:
            for column in (right, right - 1):
                if free[row, column]:
                    places.append(row * side + column)
    return np.array(places, dtype=np.int64)


@lru_cache(maxsize=40)
def function_modules(version: int) -> Modules:
    """True where a module holds no data: finders, timing, alignment, format and version."""
    side = 17 + 4 * version
    fixed = np.zeros((side, side), dtype=bool)
    fixed[:9, :9] = fixed[:9, -8:] = fixed[-8:, :9] = True
    fixed[6, :] = fixed[:, 6] = True
    for row, column in alignment_centres(version):
        fixed[row - 2 : row + 3, column - 2 : column + 3] = True
    if version >= 7:
        fixed[:6, -11:-8] = fixed[-11:-8, :6] = True
    return fixed


def alignment_centres(version: int) -> list[tuple[int, int]]:
    """(row, column) of each alignment pattern's middle."""
    if version == 1:
        return []
    steps = consts.ALIGNMENT_POS[version - 2]
    last = steps[-1]
    corners = {(6, 6), (6, last), (last, 6)}
    return [(r, c) for r in steps for c in steps if (r, c) not in corners]


@lru_cache(maxsize=32)
def _mask(mask: int, side: int) -> Modules:
    """Where data mask `mask` inverts (table 10)."""
    i, j = np.indices((side, side))
    conditions = (
        (i + j) % 2,
        i % 2,
        j % 3,
        (i + j) % 3,
        (i // 2 + j // 3) % 2,
        (i * j) % 2 + (i * j) % 3,
        ((i * j) % 2 + (i * j) % 3) % 2,
        ((i + j) % 2 + (i * j) % 3) % 2,
    )
    return np.asarray(conditions[mask] == 0)
