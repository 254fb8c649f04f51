import pytest

from hardware.errors import CameraAbsent
from hardware.pi_camera import PiCamera
from hardware.pi_controls import capped_exposure, start_controls, zoomed

ALL = {
    "AeExposureMode",
    "AfMode",
    "AfRange",
    "AfSpeed",
    "ExposureTime",
    "FrameDurationLimits",
    "LensPosition",
    "NoiseReductionMode",
    "ScalerCrop",
    "Sharpness",
}


def test_a_fixed_focus_is_asked_for_in_dioptres() -> None:
    controls = start_controls(ALL, fps=30.0, focus_dioptres=4.0)

    assert controls == {
        "FrameDurationLimits": (33333, 33333),
        "AeExposureMode": 1,
        "NoiseReductionMode": 1,
        "Sharpness": 1.0,
        "AfMode": 0,
        "LensPosition": 4.0,
    }


def test_no_fixed_focus_means_continuous_autofocus_at_close_range() -> None:
    controls = start_controls(ALL, fps=30.0, focus_dioptres=0.0)

    assert (controls["AfMode"], controls["AfRange"], controls["AfSpeed"]) == (2, 1, 1)
    assert "LensPosition" not in controls


def test_only_what_the_camera_advertises_is_asked() -> None:
    assert start_controls({"FrameDurationLimits"}, 60.0, 4.0) == {
        "FrameDurationLimits": (16667, 16667)
    }
    assert start_controls(set(), 60.0, 0.0) == {}


def test_zoom_takes_the_centre_of_the_sensor() -> None:
    limits = ((0, 0, 64, 64), (8, 4, 4608, 2592), (8, 4, 4608, 2592))

    assert zoomed({"ScalerCrop": limits}, 2.0) == {"ScalerCrop": (1160, 652, 2304, 1296)}
    assert zoomed({"ScalerCrop": limits}, 1.0) == {}
    assert zoomed({}, 2.0) == {}


@pytest.mark.parametrize(
    ("exposure_us", "gain", "capped", "change"),
    [
        pytest.param(3000, 1.0, False, None, id="bright: automatic stays"),
        pytest.param(5100, 2.0, False, None, id="at the cap, but for rounding"),
        pytest.param(12_000, 1.0, False, {"ExposureTime": 5000}, id="dark: fixed at the cap"),
        pytest.param(5000, 6.0, True, None, id="dark and fixed: stays"),
        pytest.param(5000, 1.0, True, {"ExposureTime": 0}, id="bright again: given back"),
    ],
)
def test_the_shutter_is_never_longer_than_the_cap(
    exposure_us: int, gain: float, capped: bool, change: dict[str, object] | None
) -> None:
    metadata = {"ExposureTime": exposure_us, "AnalogueGain": gain}

    assert capped_exposure(metadata, cap_us=5000, capped=capped) == change


def test_a_camera_that_tells_no_exposure_is_left_alone() -> None:
    assert capped_exposure({}, cap_us=5000, capped=False) is None


def test_a_machine_without_picamera2_has_an_absent_camera_with_a_remedy() -> None:
    camera = PiCamera()

    try:
        import picamera2  # noqa: F401
    except ImportError:
        with pytest.raises(CameraAbsent, match="apt install python3-picamera2"):
            camera.open()
    else:
        pytest.skip("picamera2 is here: test_pi_camera_virtual.py speaks to it")
    with pytest.raises(CameraAbsent, match="not open"):
        camera.frame(timeout_s=0.1)
    camera.close()
    camera.close()
