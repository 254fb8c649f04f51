"""Reed-Solomon over GF(256) as QR codes use it, with erasures: what is known to be unreadable costs half an error.

The field is the one of x^8 + x^4 + x^3 + x^2 + 1 and the generator's roots begin at 2^0 (ISO/IEC 18004:2015, 7.5.2 and
annex B). The method is Berlekamp-Massey started from the erasures, then Chien and Forney (Blahut, *Theory and practice
of error control codes*, chapter 7).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ORDER = 255
_EXP = [1] * (2 * _ORDER)
for _power in range(1, 2 * _ORDER):
    _doubled = _EXP[_power - 1] << 1
    _EXP[_power] = _doubled ^ 0x11D if _doubled > 255 else _doubled
_LOG = [0] * 256
for _power in range(_ORDER):
    _LOG[_EXP[_power]] = _power
_NOTHING = 2 * _ORDER  # the logarithm of 0: whatever is added to it, its power is 0
_LOG[0] = _NOTHING
_EXP_ARRAY = np.array(_EXP + [0] * (_NOTHING + 1), dtype=np.uint8)
_LOG_ARRAY = np.array(_LOG, dtype=np.int64)
# row a is a table for bytes.translate: polynomials are bytes, lowest term first, and are multiplied by a at once
_TIMES = [bytes(row) for row in _EXP_ARRAY[_LOG_ARRAY[:, None] + _LOG_ARRAY[None, :]]]


def corrected(
    block: NDArray[np.uint8],
    check_count: int,
    erased: Sequence[int] = (),
    spare: int = 0,
    seen: bytes | None = None,
) -> NDArray[np.uint8] | None:
    """The block as it was written, or None when it is too far damaged to say.

    `block` holds data and then `check_count` check codewords; `erased` are the positions known to be unreadable. An
    answer is given only while `spare` check codewords are left over: the chance that noise passes is 256^-spare. `seen`
    are its syndromes, where they are known.
    """
    usable = check_count - spare
    if len(erased) > usable:
        return None
    seen = syndromes(block, check_count) if seen is None else seen
    if not any(seen):
        return block
    locator = _locator(seen, [block.size - 1 - position for position in erased])
    errors = len(locator) - 1
    if 2 * errors - len(erased) > usable:
        return None
    powers = _roots(locator, block.size)
    if powers.size != errors:
        return None
    evaluator = _product(seen, locator)[:check_count]
    inverses = -powers % _ORDER
    # the formal derivative: odd terms, each one power lower
    below = _LOG_ARRAY[_values(locator[1::2], 2 * inverses % _ORDER)]
    if (below == _NOTHING).any():
        return None
    # roots begin at 2^0, so Forney's factor is the position itself
    above = _LOG_ARRAY[_values(evaluator, inverses)]
    change = _EXP_ARRAY[np.where(above == _NOTHING, _NOTHING, (above + powers - below) % _ORDER)]
    fixed = block.copy()
    fixed[block.size - 1 - powers] ^= change
    return None if any(syndromes(fixed, check_count)) else fixed


def syndromes(block: NDArray[np.uint8], count: int) -> bytes:
    """The block, read as a polynomial, at 2^0 ... 2^(count - 1): all 0 where it is as it was written."""
    return _values(block[::-1], np.arange(count)).tobytes()


def _values(polynomial: bytes | NDArray[np.uint8], powers: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The polynomial, lowest term first, at 2^power for each of the powers."""
    terms = _LOG_ARRAY[np.frombuffer(bytes(polynomial), np.uint8)]
    turned = powers[:, None] * np.arange(terms.size) % _ORDER
    return np.asarray(np.bitwise_xor.reduce(_EXP_ARRAY[terms + turned], axis=1))


def _locator(seen: bytes, erased_powers: list[int]) -> bytes:
    """The polynomial, lowest term first, whose roots are the inverses of all bad places."""
    count, erased = len(seen), len(erased_powers)
    width = count + 2
    locator = bytes([1]) + bytes(width - 1)
    for power in erased_powers:
        locator = _sum(locator, b"\0" + locator[:-1].translate(_TIMES[_EXP[power]]))
    length, earlier, latest_first = erased, locator, seen[::-1]
    for step in range(erased, count):
        gap = 0
        for term, syndrome in zip(locator, latest_first[count - 1 - step :], strict=False):
            gap ^= _TIMES[term][syndrome]
        earlier = b"\0" + earlier[:-1]
        if gap == 0:
            continue
        better = _sum(locator, earlier.translate(_TIMES[gap]))
        if 2 * length <= step + erased:
            length = step + 1 + erased - length
            earlier = locator.translate(_TIMES[_EXP[_ORDER - _LOG[gap]]])
        locator = better
    return locator.rstrip(b"\0")


def _roots(locator: bytes, size: int) -> NDArray[np.int64]:
    """The powers p < size for which 2^-p is a root."""
    return np.flatnonzero(_values(locator, -np.arange(size) % _ORDER) == 0)


def _sum(a: bytes, b: bytes) -> bytes:
    """Of two polynomials of the same width."""
    both = int.from_bytes(a, "little") ^ int.from_bytes(b, "little")
    return both.to_bytes(len(a), "little")


def _product(a: bytes, b: bytes) -> bytes:
    total = bytes(len(a) + len(b) - 1)
    for power, term in enumerate(b):
        scaled = bytes(power) + a.translate(_TIMES[term])
        total = _sum(total, scaled + bytes(len(total) - len(scaled)))
    return total
