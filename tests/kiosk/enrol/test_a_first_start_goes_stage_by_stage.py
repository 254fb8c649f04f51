"""The order of stages, and what is a touch or a code at the wrong moment."""

import threading
import time
from dataclasses import dataclass, field

import pytest

from kiosk.enrol.firstboot import RECEIPT_WITHIN_S, WORDS_DIFFER, Answer, FirstBoot, Stage
from kiosk.enrol.joining import Joined
from kiosk.enrol.trouble import NotJoined, Trouble

CODE, OTHER = b"VE1:GOOD", b"084190000000|Thach Thi Mau"
JOINED = Joined("cho-mau-1", "Chợ Mẫu", ("khoai", "thanh", "nghe", "trang"))


@dataclass
class Hardware:
    received: bool = True
    stores: bool = True
    did: list[str] = field(default_factory=list)

    def shine(self):
        self.did.append("shine")

    def sound(self):
        self.did.append("sound")

    def rest(self):
        self.did.append("rest")

    def send(self):
        return self.stores

    def is_received(self):
        return self.received

    def label(self, joined):
        self.did.append(f"label {joined.kiosk}")
        return True


class Running:
    def __init__(self):
        self.hardware = Hardware()
        self.tried, self.left, self.late_s = [], 0, 0.0
        self.troubles = []
        self.boot = FirstBoot(
            self._join, self._leave, self.hardware, lambda: time.monotonic() + self.late_s
        )
        self.stop = threading.Event()
        self.ended = []
        self.thread = threading.Thread(target=lambda: self.ended.append(self.boot.run(self.stop)))
        self.thread.start()

    def _join(self, text, say):
        self.tried.append(text)
        if self.troubles:
            raise NotJoined(self.troubles.pop())
        return JOINED

    def _leave(self):
        self.left += 1

    def until(self, stage, **also):
        deadline_s = time.monotonic() + 10
        while self.boot.view.stage is not stage or any(
            getattr(self.boot.view, name) != value for name, value in also.items()
        ):
            assert time.monotonic() < deadline_s, self.boot.view
            time.sleep(0.01)

    def answer(self, stage, answer=Answer.YES):
        self.until(stage)
        self.boot.answer(stage, answer)

    def to_the_camera(self):
        self.boot.read(CODE)
        for stage in (Stage.WORDS, Stage.TOUCH, Stage.LIGHTS, Stage.BUZZER):
            self.answer(stage)
        self.until(Stage.READ)


@pytest.fixture
def running():
    made = Running()
    yield made
    made.stop.set()
    made.thread.join()


def test_all_is_looked_at_and_then_the_door_opens(running) -> None:
    running.to_the_camera()
    running.boot.read(OTHER)
    running.until(Stage.DONE, is_printed=True)

    assert [stage for stage, well in running.boot.view.checks if well] == [
        *(Stage.TOUCH, Stage.LIGHTS, Stage.BUZZER, Stage.READ, Stage.RECEIPT)
    ]
    running.boot.answer(Stage.DONE, Answer.YES)
    running.thread.join(5)
    assert running.ended == [True]
    assert running.hardware.did[-1] == "label cho-mau-1"


def test_the_last_page_goes_away_by_itself(running) -> None:
    running.to_the_camera()
    running.boot.read(OTHER)
    running.until(Stage.DONE, is_printed=True)

    running.late_s = 61.0

    running.thread.join(5)
    assert running.ended == [True]


def test_what_is_broken_is_written_down_and_holds_nobody_up(running) -> None:
    running.boot.read(CODE)
    for stage in (Stage.WORDS, Stage.TOUCH, Stage.LIGHTS):
        running.answer(stage)
    running.answer(Stage.BUZZER, Answer.AGAIN)
    running.answer(Stage.BUZZER, Answer.NO)
    running.answer(Stage.READ, Answer.NO)
    running.until(Stage.DONE)

    assert dict(running.boot.view.checks)[Stage.BUZZER] is False
    assert dict(running.boot.view.checks)[Stage.READ] is False
    assert running.hardware.did.count("sound") == 2


def test_words_that_differ_throw_everything_away(running) -> None:
    running.boot.read(CODE)
    running.answer(Stage.WORDS, Answer.NO)
    running.until(Stage.CODE, trouble=WORDS_DIFFER)

    assert running.left == 1
    assert running.boot.view.joined is None


def test_the_enrolment_code_is_no_test_code(running) -> None:
    running.to_the_camera()
    running.boot.read(CODE)
    time.sleep(0.3)

    assert running.boot.view.stage is Stage.READ


def test_a_touch_meant_for_an_earlier_page_does_nothing(running) -> None:
    running.boot.read(CODE)
    running.answer(Stage.WORDS)
    running.until(Stage.TOUCH)
    running.boot.answer(Stage.WORDS, Answer.NO)
    time.sleep(0.3)

    assert running.boot.view.stage is Stage.TOUCH
    assert running.left == 0


@pytest.mark.parametrize(("trouble", "tries"), [(Trouble.USED, 1), (Trouble.NO_NETWORK, 2)])
def test_a_code_held_still_is_tried_again_only_where_that_may_help(running, trouble, tries) -> None:
    running.troubles = [trouble, trouble]
    running.boot.read(CODE)
    running.until(Stage.CODE, trouble=str(trouble))
    running.boot.read(CODE)
    time.sleep(0.3)

    assert len(running.tried) == tries


def test_without_a_receipt_it_says_so_and_goes_on(running) -> None:
    running.hardware.received = False
    running.to_the_camera()
    running.boot.read(OTHER)
    running.until(Stage.RECEIPT)

    running.late_s = RECEIPT_WITHIN_S + 1

    running.until(Stage.DONE)
    assert dict(running.boot.view.checks)[Stage.RECEIPT] is False
