import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from hardware.errors import CameraAbsent, CameraStalled
from hardware.ports import Camera, Frame
from hardware.presentation import Backdrop, Presentation, View
from hardware.simulated_camera import SimulatedCamera
from hardware.stage import CameraFault, Presented, Scene, Stage

First = Callable[[Camera, Callable[[Frame], bool]], Frame]
SMALL = View(width_px=320, height_px=240, fps=120.0, seed=5)


def _bright(frame: Frame) -> bool:
    """White paper is in view; nothing in the room is as bright."""
    return int(np.count_nonzero(frame.luma > 180)) > 500


def test_frames_have_the_size_asked_for_and_rising_numbers_at_the_frame_rate(
    camera: SimulatedCamera,
) -> None:
    frames = [camera.frame(timeout_s=1.0) for _ in range(13)]

    assert {frame.luma.shape for frame in frames} == {(240, 320)}
    assert {frame.luma.dtype for frame in frames} == {np.dtype(np.uint8)}
    assert all(a.number < b.number for a, b in itertools.pairwise(frames))
    ticks = frames[-1].number - frames[0].number
    assert frames[-1].taken_at_ns - frames[0].taken_at_ns == ticks * SMALL.frame_interval_ns


def test_whoever_asks_late_gets_the_newest_frame(camera: SimulatedCamera) -> None:
    first = camera.frame(timeout_s=1.0)
    time.sleep(0.3)  # a consumer that is busy for 36 frames

    next_one = camera.frame(timeout_s=1.0)

    assert next_one.number >= first.number + 35
    assert time.monotonic_ns() - next_one.taken_at_ns < 200_000_000


def test_nobody_there_is_still_but_for_noise(camera: SimulatedCamera) -> None:
    one, other = camera.frame(1.0).luma, camera.frame(1.0).luma

    difference = np.abs(one.astype(int) - other)
    assert 0.5 < difference.mean() < 8
    assert difference.max() < 40


def test_a_code_held_up_comes_is_read_and_goes_away(
    camera: SimulatedCamera, stage: Stage, code_png: bytes, wait_for: First
) -> None:
    stage.show(Scene(code_png, appear_s=0.2, hold_s=0.5, leave_s=0.1, scale=0.8))

    read = wait_for(camera, lambda frame: bool(zxingcpp.read_barcodes(frame.luma)))
    gone = wait_for(camera, lambda frame: frame.number > read.number + 20 and not _bright(frame))

    assert zxingcpp.read_barcodes(read.luma)[0].bytes == b"a made-up code"
    assert not zxingcpp.read_barcodes(gone.luma)


def test_what_the_camera_showed_can_be_drawn_again_pixel_for_pixel(
    camera: SimulatedCamera, stage: Stage, code_png: bytes, wait_for: First
) -> None:
    scene = Scene(code_png, appear_s=0.3, hold_s=0.5, scale=0.7)

    presented = stage.present(scene)
    shown = wait_for(camera, _bright)

    k, rest = divmod(shown.taken_at_ns - presented.starts_at_ns, presented.frame_interval_ns)
    again = Presentation(scene, Backdrop(SMALL), presented.seed)
    assert rest == 0
    assert np.array_equal(again.luma(k), shown.luma)


def test_a_scene_replaces_the_one_before_and_a_queued_one_waits_for_it(
    camera: SimulatedCamera, stage: Stage, code_png: bytes
) -> None:
    long_one = Scene(code_png, hold_s=30)
    short = Scene(code_png, appear_s=0.1, hold_s=0.1, leave_s=0.1)

    stage.show(long_one)
    second = stage.present(short)
    third = stage.queue(short)

    assert (second.number, third.number) == (2, 3)
    assert third.starts_at_ns == second.starts_at_ns + 36 * SMALL.frame_interval_ns


def test_clear_takes_everything_away_at_once(
    camera: SimulatedCamera, stage: Stage, code_png: bytes, wait_for: First
) -> None:
    stage.show(Scene(code_png, appear_s=0.0, hold_s=30))
    wait_for(camera, _bright)

    stage.clear()
    camera.frame(1.0)  # may have been under way

    assert not _bright(camera.frame(1.0))


def test_a_stalled_camera_raises_after_the_time_allowed_and_comes_back(
    camera: SimulatedCamera, stage: Stage, wait_for: First
) -> None:
    stage.fail(CameraFault.STALLED, for_s=0.8)

    began_s = time.monotonic()
    with pytest.raises(CameraStalled):
        camera.frame(timeout_s=0.1)
    waited_s = time.monotonic() - began_s

    assert 0.1 <= waited_s < 0.8
    assert wait_for(camera, lambda _: True).luma.shape == (240, 320)


def test_a_mended_stall_does_not_wait_for_its_end(camera: SimulatedCamera, stage: Stage) -> None:
    stage.fail(CameraFault.STALLED, for_s=60)
    mending = threading.Timer(0.1, stage.fail, (CameraFault.STALLED, 0))

    mending.start()
    began_s = time.monotonic()
    camera.frame(timeout_s=10)

    assert time.monotonic() - began_s < 2
    mending.join()


def test_a_hung_camera_ignores_its_timeout(camera: SimulatedCamera, stage: Stage) -> None:
    stage.fail(CameraFault.HUNG, for_s=0.4)

    began_s = time.monotonic()
    camera.frame(timeout_s=0.6)

    assert time.monotonic() - began_s > 0.3


def test_an_unplugged_camera_stays_away_over_a_reopening_and_returns(
    camera: SimulatedCamera, stage: Stage
) -> None:
    stage.fail(CameraFault.ABSENT, for_s=0.3)
    back_s = time.monotonic() + 0.3

    with pytest.raises(CameraAbsent):
        camera.frame(timeout_s=1.0)
    camera.close()
    with pytest.raises(CameraAbsent):
        camera.open()
    time.sleep(max(0.0, back_s - time.monotonic()))
    camera.open()

    assert camera.frame(timeout_s=1.0).number <= 2


def test_black_and_frozen_pictures_come_on_request(
    camera: SimulatedCamera, stage: Stage, wait_for: First
) -> None:
    stage.fail(CameraFault.BLACK, for_s=60)
    wait_for(camera, lambda frame: not frame.luma.any())

    stage.fail(CameraFault.FROZEN, for_s=60)
    one, other = camera.frame(1.0), camera.frame(1.0)

    assert np.array_equal(one.luma, other.luma)
    assert other.number > one.number


def test_a_folder_is_played_in_the_order_of_its_names_and_begins_again(tmp_path: Path) -> None:
    for name, level in (("b.png", 150), ("a.png", 50), ("c.png", 250)):
        cv2.imwrite(str(tmp_path / name), np.full((240, 320), level, np.uint8))
    camera = SimulatedCamera(View(320, 240, fps=30.0, noise=0.0), footage=tmp_path, hold_frames=1)

    camera.open()
    frames = [camera.frame(1.0) for _ in range(5)]
    camera.close()

    levels = {frame.number % 3: round(float(frame.luma.mean()), -1) for frame in frames}
    assert levels == {0: 50, 1: 150, 2: 250}


def test_a_video_is_played_and_begins_again(tmp_path: Path) -> None:
    video = tmp_path / "walk.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 240))
    for level in (40, 120, 200):
        writer.write(np.full((240, 320, 3), level, np.uint8))
    writer.release()
    camera = SimulatedCamera(View(320, 240, fps=30.0), footage=video)

    camera.open()
    levels = [round(float(camera.frame(1.0).luma.mean()), -1) for _ in range(6)]
    camera.close()

    assert sorted(set(levels)) == [40, 120, 200]


@pytest.mark.parametrize("name", ["missing.png", "missing.avi", "empty_folder"])
def test_footage_that_cannot_be_played_is_an_absent_camera(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty_folder").mkdir()
    camera = SimulatedCamera(SMALL, footage=tmp_path / name)

    with pytest.raises(CameraAbsent):
        camera.open()

    camera.close()
    camera.close()


def test_a_stage_that_cannot_listen_is_an_absent_camera_with_its_path(tmp_path: Path) -> None:
    camera = SimulatedCamera(SMALL, tmp_path / "no_such_folder" / "stage.sock")

    with pytest.raises(CameraAbsent, match="no_such_folder"):
        camera.open()


def test_the_camera_can_be_opened_again_and_again(stage_path: Path, code_png: bytes) -> None:
    camera = SimulatedCamera(SMALL, stage_path)
    presented: list[Presented] = []

    for _ in range(3):
        camera.open()
        presented.append(Stage(stage_path).present(Scene(code_png)))
        camera.frame(1.0)
        camera.close()
        camera.close()

    assert [p.number for p in presented] == [1, 1, 1]
    assert not stage_path.exists()
