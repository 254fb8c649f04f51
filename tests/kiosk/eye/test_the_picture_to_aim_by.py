import cv2
import numpy as np
import pytest

from hardware.ports import Frame
from kiosk.eye.preview import FRAMES_A_SECOND, LINGER_S, REST_S, Preview, small_jpeg

NOISE = np.random.default_rng(1).integers(0, 256, (720, 1280), np.uint8)


class Desk:
    """A preview on a clock of its own; a picture costs `cost_s`."""

    def __init__(self, **how):
        self.now_s = 100.0
        self.cost_s = 0.0
        self.sent_at_s = []
        self.preview = Preview(self._take, clock=lambda: self.now_s, **how)

    def _take(self, jpeg, taken_at_ns):
        self.sent_at_s.append(self.now_s)
        self.now_s += self.cost_s

    def watch(self, seconds, in_view, fps=30):
        ends_s = self.now_s + seconds
        while self.now_s < ends_s:
            self.preview.offer(Frame(NOISE[:90, :160], 0, 1), in_view=in_view)
            self.now_s += 1 / fps
        return len(self.sent_at_s)


@pytest.fixture
def desk():
    return Desk


def test_nobody_there_no_picture(desk):
    assert desk().watch(5, in_view=False) == 0


def test_at_most_eight_pictures_a_second_while_somebody_is_there(desk):
    count = desk().watch(10, in_view=True)

    assert 7 * 10 <= count <= FRAMES_A_SECOND * 10 + 1


def test_pictures_end_soon_after_whoever_was_there_has_gone(desk):
    at_the_door = desk()
    at_the_door.watch(2, in_view=True)
    left_s = at_the_door.now_s

    at_the_door.watch(10, in_view=False)

    assert max(at_the_door.sent_at_s) <= left_s + LINGER_S


def test_a_busy_processor_stops_the_pictures_for_a_while_and_then_they_are_tried_again(desk):
    busy = desk()
    busy.cost_s = 0.02

    during = busy.watch(REST_S - 3, in_view=True)
    busy.cost_s = 0.001
    after = busy.watch(10, in_view=True) - during

    assert during == FRAMES_A_SECOND
    assert after > 20


def test_on_means_on_whatever_it_costs(desk):
    busy = desk(whatever_it_costs=True)
    busy.cost_s = 0.02

    assert busy.watch(10, in_view=True) > 60


def test_the_whole_frame_is_in_the_picture_small_and_grey():
    picture = cv2.imdecode(np.frombuffer(small_jpeg(NOISE), np.uint8), cv2.IMREAD_UNCHANGED)

    assert picture.shape == (180, 320)


def test_the_worst_picture_fits_its_datagram():
    assert len(small_jpeg(NOISE[:, :960].repeat(2, 0).repeat(2, 1))) < 20_000
