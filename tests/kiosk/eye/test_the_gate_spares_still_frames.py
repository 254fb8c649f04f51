import numpy as np
import pytest

from kiosk.eye.gate import FORCED_S, LINGER_S, Gate, glance

INTERVAL_S = 1 / 30


def room(noise, frames=8, seed=1):
    rng = np.random.default_rng(seed)
    still = rng.integers(40, 200, (720, 1280))
    return [
        (still + rng.normal(0, noise, still.shape)).clip(0, 255).astype(np.uint8)
        for _ in range(frames)
    ]


def watched(frames, count, gate=None, from_s=0.0):
    """The gate after `count` frames, and what it said of each."""
    gate, said = gate or Gate(), []
    for k in range(count):
        gate, one = glance(gate, frames[k % len(frames)], from_s + k * INTERVAL_S)
        said.append(one)
    return gate, said


@pytest.mark.parametrize("noise", [0.5, 3.0, 8.0])
def test_a_still_room_is_looked_at_only_every_half_second(noise):
    frames = room(noise)
    settled, _ = watched(frames, 600)

    _, said = watched(frames, 300, settled, from_s=20.0)

    assert not any(one.moving for one in said)
    assert 15 <= sum(one.look for one in said) <= 10 / FORCED_S + 1


@pytest.mark.parametrize("noise", [0.5, 3.0, 8.0])
def test_a_small_card_that_moves_a_little_is_motion(noise):
    frames = room(noise)
    settled, _ = watched(frames, 600)
    card = np.kron(np.random.default_rng(2).integers(0, 2, (15, 15)) * 200 + 20, np.ones((8, 8)))
    moved = [frame.copy() for frame in frames]
    for k, frame in enumerate(moved):
        frame[300 : 300 + 120, 500 + 5 * k : 620 + 5 * k] = card

    _, said = watched(moved, 8, settled, from_s=20.0)

    assert all(one.look for one in said)
    assert sum(one.moving for one in said) >= 5  # a shift may hide between two samples


def test_a_hand_that_comes_to_rest_is_looked_at_for_a_while():
    frames = room(3.0)
    settled, _ = watched(frames, 600)
    waved, _ = watched([255 - frame for frame in frames], 1, settled, from_s=20.0)

    _, said = watched(frames, 30, waved, from_s=20.0 + INTERVAL_S)

    looked_for_s = INTERVAL_S * sum(one.look for one in said[:16])
    assert looked_for_s == pytest.approx(LINGER_S, abs=0.1)


def test_the_first_frame_and_a_change_of_size_are_looked_at():
    gate, (first,) = watched(room(3.0), 1)

    _, other = glance(gate, np.zeros((480, 640), np.uint8), 0.01)

    assert first.look
    assert other.look


def test_a_long_presence_of_motion_does_not_pass_for_noise():
    rng = np.random.default_rng(5)
    frames = [rng.integers(0, 256, (720, 1280)).astype(np.uint8) for _ in range(2)]
    settled, _ = watched(room(3.0), 600)

    _, said = watched(frames, 300, settled, from_s=20.0)

    assert all(one.look for one in said)
