import numpy as np
import pytest
import segno

from kiosk.eye.codewords import Block, Kind, blocks, with_blocks


def made(version, level, payload=b"made up"):
    code = segno.make(
        payload, mode="byte", error=level, version=version, boost_error=False, micro=False
    )
    modules = np.array([list(row) for row in code.matrix], dtype=bool)
    return modules, Kind(version, level, code.mask)


@pytest.mark.parametrize("level", "LMQH")
@pytest.mark.parametrize("version", range(1, 41))
def test_the_message_stands_at_the_head_of_the_blocks_in_every_version(version, level):
    modules, kind = made(version, level)

    data = bytes(blocks(modules, kind)[0].codewords)

    # byte mode (4 bits), a count of 8 or 16 bits, then the message
    counted = b"\x07" if version < 10 else b"\x00\x07"
    written = int.from_bytes(b"\x04" + counted + b"made up", "big") << 4
    expected = written.to_bytes(len(counted) + 9, "big")[1:]
    assert data[:7] == expected[:7]


@pytest.mark.parametrize("version", [1, 2, 6, 7, 14, 21, 40])
def test_modules_made_from_their_own_codewords_are_the_same(version):
    modules, kind = made(version, "Q")

    assert (with_blocks(modules, kind, blocks(modules, kind)) == modules).all()


def test_one_changed_codeword_changes_at_most_its_eight_modules():
    modules, kind = made(7, "M")
    changed = [Block(block.codewords.copy(), block.check_count) for block in blocks(modules, kind)]
    changed[1].codewords[3] ^= 0xFF

    differs = with_blocks(modules, kind, changed) != modules

    assert differs.sum() == 8
