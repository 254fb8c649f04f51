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
_EXP_ARRAY = np.array(_EXP, dtype=np.uint8)
_LOG_ARRAY = np.array(_LOG, dtype=np.int64)


def corrected(
    block: NDArray[np.uint8], check_count: int, erased: Sequence[int] = (), spare: int = 0
) -> NDArray[np.uint8] | None:
    """The block as it was written, or None when it is too far damaged to say.

    `block` holds data and then `check_count` check codewords; `erased` are the positions known to be unreadable. An
    answer is given only while `spare` check codewords are left over: the chance that noise passes is 256^-spare.
    """
    usable = check_count - spare
    if len(erased) > usable:
        return None
    syndromes = _syndromes(block, check_count)
    if not any(syndromes):
        return block
    locator = _locator(syndromes, [block.size - 1 - position for position in erased])
    errors = len(locator) - 1
    if 2 * errors - len(erased) > usable:
        return None
    positions = _roots(locator, block.size)
    if len(positions) != errors:
        return None
    fixed = block.copy()
    evaluator = _times(syndromes, locator)[:check_count]
    slope = locator[1::2]  # the formal derivative: odd terms, each one power lower
    for power in positions:
        inverse = (_ORDER - power) % _ORDER
        below = _value(slope, 2 * inverse % _ORDER)
        if below == 0:
            return None
        # roots begin at 2^0, so Forney's factor is the position itself
        above = _product(_value(evaluator, inverse), _EXP[power])
        fixed[block.size - 1 - power] ^= _EXP[_LOG[above] - _LOG[below] + _ORDER] if above else 0
    return None if any(_syndromes(fixed, check_count)) else fixed


def _syndromes(block: NDArray[np.uint8], count: int) -> list[int]:
    """The block, read as a polynomial, at 2^0 ... 2^(count - 1)."""
    used = np.flatnonzero(block)
    powers = _LOG_ARRAY[block[used]] + np.outer(np.arange(count), block.size - 1 - used)
    return [int(s) for s in np.bitwise_xor.reduce(_EXP_ARRAY[powers % _ORDER], axis=1)]


def _locator(syndromes: list[int], erased_powers: list[int]) -> list[int]:
    """The polynomial, lowest term first, whose roots are the inverses of all bad places."""
    locator = [1]
    for power in erased_powers:
        locator = _times(locator, [1, _EXP[power]])
    length, earlier = len(erased_powers), locator
    for step in range(len(erased_powers), len(syndromes)):
        gap = 0
        for i, term in enumerate(locator[: step + 1]):
            gap ^= _product(term, syndromes[step - i])
        earlier = [0, *earlier]
        if gap == 0:
            continue
        better = _plus(locator, [_product(gap, term) for term in earlier])
        if 2 * length <= step + len(erased_powers):
            length = step + 1 + len(erased_powers) - length
            inverse = _EXP[_ORDER - _LOG[gap]]
            earlier = [_product(inverse, term) for term in locator]
        locator = better
    while len(locator) > 1 and locator[-1] == 0:
        locator.pop()
    return locator


def _roots(locator: list[int], size: int) -> list[int]:
    """The powers p < size for which 2^-p is a root."""
    powers = np.arange(size)
    total = np.zeros(size, dtype=np.uint8)
    for degree, term in enumerate(locator):
        if term:
            total ^= _EXP_ARRAY[(_LOG[term] - degree * powers) % _ORDER]
    return [int(power) for power in np.flatnonzero(total == 0)]


def _product(a: int, b: int) -> int:
    return _EXP[_LOG[a] + _LOG[b]] if a and b else 0


def _plus(a: list[int], b: list[int]) -> list[int]:
    if len(a) < len(b):
        a, b = b, a
    return [term ^ (b[i] if i < len(b) else 0) for i, term in enumerate(a)]


def _times(a: list[int], b: list[int]) -> list[int]:
    result = [0] * (len(a) + len(b) - 1)
    for i, left in enumerate(a):
        for j, right in enumerate(b):
            result[i + j] ^= _product(left, right)
    return result


def _value(polynomial: list[int], power: int) -> int:
    """The polynomial, lowest term first, at 2^power."""
    total = 0
    for degree, term in enumerate(polynomial):
        if term:
            total ^= _EXP[(_LOG[term] + degree * power) % _ORDER]
    return total
