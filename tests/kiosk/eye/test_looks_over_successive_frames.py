import cv2
import numpy as np
import pytest

from kiosk.eye.readers.zbar import ZbarReader
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.streaming import StreamingPlan

TEXT = "084190000000||Thạch Thị Mẫu|05091990|Nữ|Khóm 3, Trà Vinh|15042021".encode()


class CountingReader:
    """A reader that knows how many pixels it was shown."""

    def __init__(self):
        self._reader = ZxingReader()
        self.seen_px = 0

    def read(self, luma, *, invert=False):
        self.seen_px += luma.size
        return self._reader.read(luma, invert=invert)


@pytest.fixture
def plan():
    return StreamingPlan(ZxingReader())


@pytest.fixture
def framed(code_image, in_frame):
    return in_frame(code_image(TEXT))


def texts(found):
    return [code.data for code in found]


@pytest.mark.parametrize("reader", [ZxingReader, ZbarReader])
def test_a_code_is_read_in_the_first_frame_that_shows_it_and_in_those_that_follow(framed, reader):
    plan = StreamingPlan(reader())

    found = [texts(plan.read(framed)) for _ in range(4)]

    assert found == [[TEXT]] * 4


def test_a_code_light_on_dark_is_read_within_two_frames(plan, framed):
    found = [texts(plan.read(255 - framed)) for _ in range(2)]

    assert [TEXT] in found


def test_a_thumb_over_a_finder_does_not_cost_a_frame(plan, code_image, in_frame):
    picture = code_image(TEXT, module_px=7, error="q")
    cv2.circle(picture, (picture.shape[1] - 40, 40), 44, 120, -1)
    frame = cv2.GaussianBlur(in_frame(picture), (0, 0), 1)
    assert not any(code.data for code in ZxingReader().read(frame))

    found = plan.read(frame)

    assert texts(found) == [TEXT]


def test_the_corners_of_what_was_read_lie_on_the_code(plan, code_image, in_frame):
    picture = code_image(TEXT)
    side_px = picture.shape[0] - 2 * 4 * 4  # without its quiet zone
    plan.read(in_frame(picture))

    (left, top), _, (right, bottom), _ = plan.corners

    assert plan.located
    assert (left + right) / 2 == pytest.approx(640, abs=3)
    assert (top + bottom) / 2 == pytest.approx(360, abs=3)
    assert right - left == pytest.approx(side_px, abs=4)


def test_nothing_is_located_in_an_empty_frame_nor_after_a_reset(plan, framed):
    plan.read(framed)
    plan.reset()
    after_reset = plan.located

    plan.read(np.full_like(framed, 110))

    assert not after_reset
    assert not plan.located


def test_a_small_code_beside_a_larger_texture_is_still_read_within_three_frames(
    plan, code_image, in_frame
):
    rng = np.random.default_rng(1)
    frame = in_frame(np.kron(rng.integers(0, 2, (60, 60)) * 200, np.ones((8, 8))).astype(np.uint8))
    picture = code_image(TEXT, module_px=3)
    frame[20 : 20 + picture.shape[0], 20 : 20 + picture.shape[1]] = picture

    found = [texts(plan.read(frame)) for _ in range(3)]

    assert [TEXT] in found


def test_a_texture_that_is_no_code_costs_less_once_it_is_known(in_frame):
    rng = np.random.default_rng(2)
    patch = np.kron(rng.integers(0, 2, (50, 50)) * 200, np.ones((6, 6))).astype(np.uint8)
    reader = CountingReader()
    plan = StreamingPlan(reader)
    seen_px = []

    for _ in range(24):
        before_px = reader.seen_px
        assert plan.read(in_frame(patch)) == []
        seen_px.append(reader.seen_px - before_px)

    assert sum(seen_px[12:]) < 0.75 * sum(seen_px[:12])


def test_a_held_code_is_looked_for_where_it_was(framed):
    reader = CountingReader()
    plan = StreamingPlan(reader)
    plan.read(framed)
    before_px = reader.seen_px

    found = plan.read(framed)

    assert texts(found) == [TEXT]
    assert reader.seen_px - before_px < framed.size / 10
