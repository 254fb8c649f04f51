import cv2
import numpy as np
import pytest

from kiosk.eye.deep import DeepPlan
from kiosk.eye.picture_file import load_luma
from kiosk.eye.readers.zbar import ZbarReader
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.still import read_files
from kiosk.eye.streaming import StreamingPlan

MESSAGE = "One message that somebody has spread over several codes. " * 6


def seen(image, way):
    return {
        "as it is": image,
        "in a mirror": np.ascontiguousarray(image[:, ::-1]),
        "light on dark": 255 - image,
        "blurred": cv2.GaussianBlur(image, (0, 0), 1.5),
    }[way]


def damaged(image, module_px=4):
    """The corner in which the mode indicator stands is gone; error correction makes up for it."""
    image = image.copy()
    side = image.shape[0]
    edge = side - 4 * module_px
    image[edge - 3 * module_px : edge, edge - 3 * module_px : edge] = 255
    return image


@pytest.mark.parametrize("reader", [ZxingReader, ZbarReader])
@pytest.mark.parametrize("way", ["as it is", "in a mirror", "light on dark", "blurred"])
def test_no_part_is_handed_out_as_if_it_were_whole(code_parts, reader, way):
    parts = code_parts(MESSAGE, symbol_count=3, mode="byte")
    assert len(parts) == 3

    for part in parts:
        assert [c for c in reader().read(seen(part, way), invert=True) if c.data is not None] == []


@pytest.mark.parametrize("reader", [ZxingReader, ZbarReader])
def test_a_part_whose_mode_indicator_is_damaged_is_refused_all_the_same(code_parts, reader):
    for part in code_parts(MESSAGE, symbol_count=3, mode="byte", error="q"):
        assert [c for c in reader().read(damaged(part)) if c.data is not None] == []


@pytest.mark.parametrize("mode", ["byte", "alphanumeric", "numeric"])
def test_a_whole_code_with_the_same_damage_is_read(code_image, mode):
    for number in range(20):
        payload = f"{number:04}{4711 * (number + 1):020}"
        image = code_image(payload, mode=mode, error="q")

        found = ZxingReader().read(damaged(image))

        assert [code.data for code in found] == [payload.encode()]


@pytest.mark.parametrize("plan", [DeepPlan, lambda: StreamingPlan(ZxingReader())])
def test_no_plan_goes_on_until_some_look_lets_a_part_through(code_parts, plan):
    for part in code_parts(MESSAGE, symbol_count=4, mode="byte"):
        looking = plan()
        for _ in range(12):
            assert looking.read(part) == []


@pytest.mark.corpus
def test_all_four_photographed_parts_are_refused(photos):
    parts = sorted(photos.glob("qrcode-7/*.png"))
    assert len(parts) == 4

    results = list(read_files([str(part) for part in parts]))

    assert [result["readings"] for result in results] == [[], [], [], []]
    assert not any("error" in result for result in results)
    assert ZxingReader().read(load_luma(parts[0])) == []
