"""What is asked of a Pi camera for reading codes, as libcamera control names and values. Pure.

Only what the camera advertises is asked: anything else is refused with a RuntimeError. Numbers of the enumerations are
those of libcamera's control_ids (core and draft). Why these: a moving code wants a short shutter, a near one a fixed
focus without hunting, and no control may cost frames. Not tried on hardware.
"""

from collections.abc import Collection, Mapping
from typing import Any

_AE_SHORT = 1
_AF_MANUAL, _AF_CONTINUOUS, _AF_RANGE_MACRO, _AF_SPEED_FAST = 0, 2, 1, 1
_NOISE_REDUCTION_FAST = 1

# a shutter this little over the cap is the camera's rounding
_EXPOSURE_SLACK = 1.05
# the gain at which the sensor needs less light than the capped shutter gives
_GAIN_AT_REST = 1.05


def start_controls(
    advertised: Collection[str], fps: float, focus_dioptres: float
) -> dict[str, object]:
    """The controls to start with. `focus_dioptres` is 1 / metres; 0 asks for continuous autofocus."""
    frame_us = round(1e6 / fps)
    wanted: dict[str, object] = {
        "FrameDurationLimits": (frame_us, frame_us),
        "AeExposureMode": _AE_SHORT,
        "NoiseReductionMode": _NOISE_REDUCTION_FAST,
        "Sharpness": 1.0,
    }
    if focus_dioptres > 0:
        wanted |= {"AfMode": _AF_MANUAL, "LensPosition": focus_dioptres}
    else:
        wanted |= {
            "AfMode": _AF_CONTINUOUS,
            "AfRange": _AF_RANGE_MACRO,
            "AfSpeed": _AF_SPEED_FAST,
        }
    return {name: value for name, value in wanted.items() if name in advertised}


def zoomed(advertised: Mapping[str, Any], zoom: float) -> dict[str, object]:
    """The centre of the sensor, 1 / `zoom` of its width and height: a digital zoom without loss of frame pixels."""
    limits = advertised.get("ScalerCrop")
    if zoom <= 1.0 or limits is None:
        return {}
    x, y, width, height = limits[1]
    inner_w, inner_h = round(width / zoom), round(height / zoom)
    return {
        "ScalerCrop": (x + (width - inner_w) // 2, y + (height - inner_h) // 2, inner_w, inner_h)
    }


def capped_exposure(
    metadata: Mapping[str, Any], cap_us: int, capped: bool
) -> dict[str, object] | None:
    """What to change after a frame so that no shutter is longer than `cap_us`, None for nothing.

    libcamera knows no upper limit: a shutter is automatic or fixed. So it is fixed at the cap, the gain left
    automatic, as soon as the automatic one goes beyond; and given back (0) once the gain is at rest, since then there
    is light enough for a shorter one. `capped` is whether it is fixed now.
    """
    exposure_us, gain = metadata.get("ExposureTime"), metadata.get("AnalogueGain")
    if exposure_us is None or gain is None:
        return None
    if not capped and exposure_us > cap_us * _EXPOSURE_SLACK:
        return {"ExposureTime": cap_us}
    if capped and gain <= _GAIN_AT_REST:
        return {"ExposureTime": 0}
    return None
