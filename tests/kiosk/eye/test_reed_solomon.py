import numpy as np
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from kiosk.eye.codewords import Kind, blocks
from kiosk.eye.reed_solomon import corrected

LEVELS = "LMQH"


def one_block(payload: bytes, version=3, level="M"):
    code = segno.make(
        payload, mode="byte", error=level, version=version, boost_error=False, micro=False
    )
    modules = np.array([list(row) for row in code.matrix], dtype=bool)
    return blocks(modules, Kind(version, level, code.mask))[0]


@st.composite
def damage(draw):
    """Erased places, and wrong ones, at the limit of what 26 check codewords allow or below it."""
    erased = draw(st.integers(0, 26))
    wrong = draw(st.integers(0, (26 - erased) // 2))
    places = draw(st.permutations(range(70)))
    return places[:erased], places[erased : erased + wrong]


@given(st.binary(min_size=1, max_size=40), damage(), st.integers(0, 2**32 - 1))
def test_what_was_written_comes_back_up_to_the_limit_of_damage(payload, damage, seed):
    block = one_block(payload)
    erased, wrong = damage
    damaged = block.codewords.copy()
    rng = np.random.default_rng(seed)
    damaged[wrong] ^= rng.integers(1, 256, len(wrong)).astype(np.uint8)
    damaged[erased] = rng.integers(0, 256, len(erased))

    fixed = corrected(damaged, block.check_count, erased)

    assert fixed is not None
    assert bytes(fixed) == bytes(block.codewords)


def test_the_block_of_this_test_has_the_size_that_is_assumed():
    block = one_block(b"a")

    assert (block.codewords.size, block.check_count) == (70, 26)


@pytest.mark.parametrize("level", LEVELS)
def test_noise_is_not_taken_for_a_message(level):
    check_count = one_block(b"a", 5, level).check_count
    rng = np.random.default_rng(1)

    answers = [
        corrected(rng.integers(0, 256, 90).astype(np.uint8), check_count, spare=4)
        for _ in range(300)
    ]

    assert answers == [None] * 300


def test_erasing_all_that_can_be_spared_leaves_the_spare_as_proof():
    block = one_block(b"somebody made up")
    damaged = block.codewords.copy()
    damaged[:24] ^= 0x55

    assert corrected(damaged, block.check_count, range(24), spare=2) is not None
    assert corrected(damaged, block.check_count, range(24), spare=3) is None
