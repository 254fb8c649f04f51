import threading
import time
from itertools import pairwise

import numpy as np
import pytest

from hardware.usb_camera import UsbCamera
from kiosk.eye.preview import Preview
from kiosk.eye.readers.port import QR_CODE, Found
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.streaming import StreamingPlan
from kiosk.reports import EyeBeat, ReadingReport

PAYLOAD = b"084190000000|334000000|Th\xe1\xba\xa1ch Th\xe1\xbb\x8b M\xe1\xba\xabu"
ROOM = np.tile(np.arange(64, 192, dtype=np.uint8), (720, 10))


def beats(camera_state):
    return lambda report: isinstance(report, EyeBeat) and report.camera == camera_state


def a_reading(report):
    return isinstance(report, ReadingReport)


def plan():
    return StreamingPlan(ZxingReader())


class FailingReader:
    """As a reader in C fails on hostile input: every third image."""

    def __init__(self):
        self.asked = 0

    def read(self, luma, *, invert=False):
        self.asked += 1
        if self.asked % 3 == 0:
            raise RuntimeError("4294967295 is not a valid orientation")
        return [Found(QR_CODE, b"read all the same")]


def test_a_code_in_view_is_reported_with_its_bytes_and_the_time_of_its_frame(
    running, camera, code_image, in_frame
):
    before_ns = time.monotonic_ns()

    heard = running(camera([in_frame(code_image(PAYLOAD))]), plan())

    _, reading = heard.until(a_reading)[-1]
    assert (reading.symbology, reading.data) == ("QRCode", PAYLOAD)
    assert before_ns < reading.taken_at_ns < time.monotonic_ns()
    assert 0 < reading.read_ms < 2000


def test_a_code_that_is_held_still_is_read_again_and_again(running, camera, code_image, in_frame):
    heard = running(camera([in_frame(code_image(PAYLOAD))]), plan())

    readings = []
    for _ in range(60):
        readings.append(heard.until(a_reading)[-1][0])
        if readings[-1] - readings[0] > 2.0:
            break
    gaps_s = [later - earlier for earlier, later in pairwise(readings)]
    assert max(gaps_s) < 1.0  # what the loop takes for a code that has left the view


def test_an_empty_room_makes_heartbeats_and_no_readings(running, camera):
    heard = running(camera([ROOM]), plan())

    seen = heard.until(lambda report: beats("ok")(report) and report.fps > 5)
    assert not any(a_reading(report) for _, report in seen)
    assert seen[-1][1].frame_age_s < 1.0
    assert seen[-1][1].reader_errors == 0


@pytest.mark.parametrize("fault", ["absent", "stalled"])
def test_the_heart_beats_every_second_while_there_is_no_picture(running, camera, fault):
    failing = camera([ROOM])
    failing.fault = fault

    heard = running(failing, plan())

    times_s = [heard.until(beats(fault))[-1][0] for _ in range(6)]
    # a beat is due every half second; the loop calls an eye silent after three
    assert max(b - a for a, b in pairwise(times_s)) < 2.0


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("absent", "absent"),
        ("unplugged", "absent"),
        ("stalled", "stalled"),
        ("black", "black"),
        ("frozen", "frozen"),
    ],
)
def test_a_camera_that_fails_is_named_and_opened_again_within_ten_seconds(
    running, camera, code_image, in_frame, fault, state
):
    failing = camera([in_frame(code_image(PAYLOAD))])
    heard = running(failing, plan())
    heard.until(a_reading)
    failing.heals_on_open = True

    failed_at_s = time.monotonic()
    failing.fault = "unplugged" if fault == "absent" else fault
    heard.until(beats(state))
    heard.until(a_reading)

    assert time.monotonic() - failed_at_s < 10
    assert failing.opened >= 2
    assert failing.closed == failing.opened - 1


def test_a_usb_camera_that_stands_still_in_its_driver_is_read_from_again_within_ten_seconds(
    running, code_image, in_frame
):
    picture = in_frame(code_image(PAYLOAD))
    captures = []

    def plug():
        captures.append(Captured(picture))
        return captures[-1]

    usb = UsbCamera(open_capture=plug)
    heard = running(usb, plan())
    heard.until(a_reading)

    failed_at_s = time.monotonic()
    captures[-1].stands_still = True
    heard.until(beats("stalled"))
    heard.until(a_reading)

    assert time.monotonic() - failed_at_s < 10
    assert len(captures) == 2


class Captured:
    """As OpenCV gives what a USB camera sends; standing still, it waits its second in vain."""

    def __init__(self, picture):
        self.picture = picture
        self.stands_still = False

    def isOpened(self):
        return True

    def set(self, *_):
        return True

    def read(self):
        time.sleep(1.0 if self.stands_still else 0.03)
        grain = np.random.default_rng(time.monotonic_ns()).integers(0, 3, self.picture.shape)
        return (
            (False, None)
            if self.stands_still
            else (True, (self.picture // 2 + grain).astype(np.uint8))
        )

    def release(self):
        pass


def test_a_black_camera_stays_black_by_name_while_it_is_opened_in_vain(running, camera):
    dark = camera([ROOM])
    dark.fault = "black"
    heard = running(dark, plan())
    heard.until(beats("black"))

    told = set()
    while dark.opened < 3:
        told.add(heard.until(lambda report: isinstance(report, EyeBeat))[-1][1].camera)

    assert told == {"black"}


def test_a_reader_that_raises_is_counted_and_does_not_end_the_eye(running, camera):
    reader = FailingReader()

    heard = running(camera([ROOM]), StreamingPlan(reader))

    heard.until(lambda report: isinstance(report, EyeBeat) and report.reader_errors >= 2)
    _, reading = heard.until(a_reading)[-1]
    assert reading.data == b"read all the same"


def test_the_watchdog_hears_nothing_while_the_camera_hangs(running, camera):
    alive = threading.Event()
    hanging = camera([ROOM])
    heard = running(hanging, plan(), alive.set)
    assert alive.wait(5)
    heard.until(beats("ok"))

    hanging.fault = "hung"
    time.sleep(0.2)  # the frame that was on its way
    alive.clear()

    assert not alive.wait(1.5)


def test_pictures_to_aim_by_come_while_a_code_is_held_up(running, camera, code_image, in_frame):
    pictures = []
    held_up = in_frame(code_image(PAYLOAD))

    heard = running(
        camera([held_up]),
        plan(),
        preview=Preview(lambda jpeg, taken_at_ns: pictures.append((jpeg, taken_at_ns))),
    )

    heard.until(lambda report: isinstance(report, EyeBeat) and len(pictures) > 3)
    assert pictures[0][0].startswith(b"\xff\xd8")
    assert pictures[0][1] < pictures[1][1]
