import numpy as np
import pytest

from hardware.ports import Luma
from hardware.presentation import Backdrop, Presentation, View
from hardware.stage import Scene

VIEW = View(width_px=640, height_px=360, fps=30.0, seed=3)
WHITE = Scene.of_luma(np.full((100, 100), 255, np.uint8), appear_s=0.5, hold_s=1.0, leave_s=0.5)


@pytest.fixture(scope="module")
def backdrop() -> Backdrop:
    return Backdrop(VIEW)


def _area_px(luma: Luma) -> int:
    return int(np.count_nonzero(luma > 160))


def _centre(luma: Luma) -> tuple[float, float]:
    ys, xs = np.nonzero(luma > 160)
    return float(xs.mean()), float(ys.mean())


def test_the_picture_comes_from_outside_stands_in_the_middle_and_leaves(
    backdrop: Backdrop,
) -> None:
    shown = Presentation(WHITE, backdrop, seed=11)
    full_px = (0.6 * VIEW.height_px) ** 2

    first, held, last = (_area_px(shown.luma(k)) for k in (0, 25, shown.frames - 1))

    assert shown.frames == 60
    assert first < 0.1 * full_px
    assert last < 0.2 * full_px
    assert held == pytest.approx(full_px, rel=0.03)
    x, y = _centre(shown.luma(25))
    assert abs(x - VIEW.width_px / 2) < 0.1 * VIEW.width_px
    assert abs(y - VIEW.height_px / 2) < 0.1 * VIEW.height_px


def test_a_hand_shakes_and_a_stand_does_not(backdrop: Backdrop) -> None:
    steady = Scene(WHITE.image, appear_s=0, hold_s=1, motion=0.0)
    shaky = Scene(WHITE.image, appear_s=0, hold_s=1, motion=1.0)

    def wander_px(scene: Scene) -> float:
        shown = Presentation(scene, backdrop, seed=4)
        return float(np.ptp([_centre(shown.luma(k)) for k in range(30)], axis=0).max())

    assert wander_px(steady) < 0.3
    assert 1.0 < wander_px(shaky) < 30


def test_what_moves_is_smeared_over_the_exposure_and_what_is_held_is_sharp() -> None:
    checks = np.indices((90, 90)).sum(axis=0) % 2 * 255
    scene = Scene.of_luma(checks.astype(np.uint8), scale=0.9, appear_s=0.3)

    def contrast(exposure_s: float, k: int) -> float:
        view = View(width_px=640, height_px=360, noise=0.0, exposure_s=exposure_s)
        luma = Presentation(scene, Backdrop(view), seed=4).luma(k)
        return float(np.abs(np.diff(luma.astype(int))).mean())

    moving, held = 6, 20
    assert contrast(0.02, moving) < 0.75 * contrast(0.0001, moving)
    assert contrast(0.02, held) == pytest.approx(contrast(0.0001, held), rel=0.05)


def test_the_same_seed_gives_the_same_frames_and_another_seed_others() -> None:
    def frame(seed: int) -> Luma:
        return Presentation(WHITE, Backdrop(VIEW), seed).luma(20)

    assert np.array_equal(frame(8), frame(8))
    assert not np.array_equal(frame(8), frame(9))


def test_no_two_frames_have_the_same_noise(backdrop: Backdrop) -> None:
    frames = {backdrop.empty(n).tobytes() for n in range(50)}

    assert len(frames) == 50


def test_a_view_without_noise_still_has_a_trace_of_it_so_that_it_never_looks_frozen() -> None:
    backdrop = Backdrop(View(width_px=320, height_px=180, noise=0.0))

    difference = np.abs(backdrop.empty(1).astype(int) - backdrop.empty(2))

    assert 0 < difference.mean() < 1


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (1, 1)])
def test_a_picture_of_an_odd_shape_is_shown_all_the_same(
    backdrop: Backdrop, shape: tuple[int, int]
) -> None:
    shown = Presentation(Scene.of_luma(np.full(shape, 255, np.uint8)), backdrop, seed=1)

    assert shown.luma(30).shape == (360, 640)
