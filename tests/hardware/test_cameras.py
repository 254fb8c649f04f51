from pathlib import Path

import pytest

from hardware.cameras import KINDS, camera_of
from hardware.errors import CameraAbsent


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_made_and_closed_without_a_device(kind: str) -> None:
    camera = camera_of(kind, device="/dev/no-such-video")

    with pytest.raises(CameraAbsent, match="not open"):
        camera.frame(timeout_s=0.1)

    camera.close()


def test_a_simulated_camera_takes_its_size_and_its_stage(tmp_path: Path) -> None:
    camera = camera_of(
        "simulated", width_px=320, height_px=200, fps=60.0, stage_path=tmp_path / "s"
    )

    camera.open()
    frame = camera.frame(timeout_s=1.0)

    assert frame.luma.shape == (200, 320)
    assert (tmp_path / "s").is_socket()
    camera.close()


def test_an_unknown_kind_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="pi, usb, simulated"):
        camera_of("webcam")
