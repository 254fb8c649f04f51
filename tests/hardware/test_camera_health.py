import numpy as np
import pytest

from hardware.camera_health import Picture, Seen, judge
from hardware.ports import Frame, Luma

RNG = np.random.default_rng(1)


def _noisy(level: int) -> Luma:
    return RNG.normal(level, 3, (720, 1280)).round().clip(0, 255).astype(np.uint8)


def _states(lumas: list[Luma], every_s: float = 0.5) -> list[Picture]:
    seen: Seen | None = None
    states = []
    for number, luma in enumerate(lumas):
        seen, state = judge(seen, Frame(luma, round(number * every_s * 1e9), number))
        states.append(state)
    return states


OK, BLACK, FROZEN = Picture.OK, Picture.BLACK, Picture.FROZEN


def test_a_living_picture_is_ok_however_still_the_room_is() -> None:
    assert _states([_noisy(60) for _ in range(8)]) == [OK] * 8


def test_a_black_picture_is_named_once_it_has_lasted_two_seconds() -> None:
    lumas = [_noisy(60), *[np.zeros((720, 1280), np.uint8) for _ in range(5)]]

    assert _states(lumas) == [OK, OK, OK, OK, BLACK, BLACK]


def test_a_camera_that_was_black_from_the_start_is_named_too() -> None:
    black = np.full((720, 1280), 16, np.uint8)

    assert _states([black] * 6) == [OK, OK, OK, OK, BLACK, BLACK]


def test_a_hand_over_the_lens_for_a_moment_is_no_fault() -> None:
    dark = [np.full((720, 1280), 10, np.uint8) for _ in range(3)]

    assert _states([_noisy(60), *dark, _noisy(60), *dark, _noisy(60)]) == [OK] * 9


def test_the_same_picture_for_two_seconds_is_frozen_and_recovers_with_the_next_other_one() -> None:
    stuck = _noisy(60)

    assert _states([*[stuck] * 6, _noisy(60)]) == [OK, OK, OK, OK, FROZEN, FROZEN, OK]


def test_a_flat_grey_picture_is_frozen() -> None:
    assert _states([np.full((720, 1280), 128, np.uint8)] * 5)[-1] is FROZEN


def test_a_lens_blinded_by_the_sun_is_not_frozen() -> None:
    assert _states([np.full((720, 1280), 255, np.uint8)] * 8) == [OK] * 8


def test_one_hot_pixel_does_not_make_a_black_picture_bright() -> None:
    black = np.zeros((720, 1280), np.uint8)
    black[0, 0] = 255

    assert _states([black] * 5)[-1] is BLACK


@pytest.mark.parametrize("shape", [(240, 320), (39, 41)])
def test_small_pictures_are_judged_too(shape: tuple[int, int]) -> None:
    assert _states([np.zeros(shape, np.uint8)] * 5)[-1] is BLACK
