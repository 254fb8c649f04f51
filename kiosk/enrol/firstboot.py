"""What a new kiosk does with its technician, one stage after the other: the code, the four words, a look at each part.

One thread takes what happened and moves on; the page reads `view`. A part that the technician finds broken is written
down and does not hold up the rest: a kiosk without a buzzer still opens a door.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from kiosk.enrol.joining import Joined, Step
from kiosk.enrol.trouble import NotJoined, Trouble
from kiosk.wire.enrolment import PREFIX

log = logging.getLogger(__name__)

RECEIPT_WITHIN_S = 120.0
SHOWN_AT_THE_END_S = 60.0
_TURN_S = 0.2


class Stage(StrEnum):
    CODE = "code"  # show me the venue's enrolment code
    JOINING = "joining"
    WORDS = "words"
    TOUCH = "touch"
    LIGHTS = "lights"
    BUZZER = "buzzer"
    READ = "read"  # any other code
    RECEIPT = "receipt"
    DONE = "done"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    AGAIN = "again"


class Parts(Protocol):
    """What the technician looks at and listens to, and the first event."""

    def shine(self) -> None: ...

    def sound(self) -> None: ...

    def rest(self) -> None: ...

    def send(self) -> bool:
        """Store an event and begin to send it. Whether it is stored."""

    def is_received(self) -> bool: ...

    def label(self, joined: Joined) -> bool:
        """Whether there is a printer that prints it."""


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows. `checks` are the parts looked at so far, and whether they are well."""

    stage: Stage = Stage.CODE
    trouble: str = ""
    step: str = ""
    joined: Joined | None = None
    checks: tuple[tuple[Stage, bool], ...] = ()
    is_printed: bool = False
    number: int = field(default=0)


_NEXT = {
    Stage.TOUCH: Stage.LIGHTS,
    Stage.LIGHTS: Stage.BUZZER,
    Stage.BUZZER: Stage.READ,
    Stage.READ: Stage.RECEIPT,
    Stage.RECEIPT: Stage.DONE,
}
WORDS_DIFFER = "words_differ"


class FirstBoot:
    """`join` turns a code's text into a kiosk that has joined, or raises NotJoined; `leave` undoes it. `read` and
    `answer` may be called from any thread; `run` in one."""

    def __init__(
        self,
        join: Callable[[str, Callable[[Step], None]], Joined],
        leave: Callable[[], None],
        parts: Parts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._join = join
        self._leave = leave
        self._parts = parts
        self._clock = clock
        self._happened: queue.SimpleQueue[str | tuple[Stage, Answer]] = queue.SimpleQueue()
        self._since_s = clock()
        self._last_text = ""
        self.view = View()

    def read(self, data: bytes) -> None:
        """A code has been read: taken where one is asked for, forgotten otherwise."""
        if self.view.stage in (Stage.CODE, Stage.READ):
            self._happened.put(data.decode("utf-8", "replace"))

    def answer(self, stage: Stage, answer: Answer) -> None:
        """The technician has touched. A touch meant for an earlier stage does nothing."""
        self._happened.put((stage, answer))

    def run(self, stop: threading.Event, alive: Callable[[], None] = lambda: None) -> bool:
        """Until everything is done (True), or `stop`."""
        while not stop.is_set():
            alive()
            try:
                happened = self._happened.get(timeout=_TURN_S)
            except queue.Empty:
                if self._waited():
                    return True
                continue
            if isinstance(happened, str):
                self._coded(happened)
            elif self._answered(*happened):
                return True
        return False

    def _coded(self, text: str) -> None:
        if self.view.stage is Stage.READ and not text.startswith(PREFIX):
            self._checked(well=True)
        elif self.view.stage is Stage.CODE and text != self._last_text:
            self._joining(text)

    def _joining(self, text: str) -> None:
        self._show(replace(self.view, stage=Stage.JOINING, trouble="", step=Step.READ))
        try:
            joined = self._join(text, lambda step: self._show(replace(self.view, step=step)))
        except NotJoined as error:
            log.warning("%s", error)
            # held up still, a code that is no good would be tried without end; one that may be good later, is
            if error.trouble not in _LATER:
                self._last_text = text
            self._show(replace(self.view, stage=Stage.CODE, trouble=error.trouble))
            return
        log.info("joined as %s", joined.kiosk)
        self._show(replace(self.view, stage=Stage.WORDS, joined=joined))

    def _answered(self, stage: Stage, answer: Answer) -> bool:
        """Whether that was the end."""
        if stage is not self.view.stage:
            return False
        match stage, answer:
            case Stage.DONE, _:
                return True
            case Stage.WORDS, Answer.YES:
                self._enter(Stage.TOUCH)
            case Stage.WORDS, Answer.NO:
                self._leave()
                log.warning("the words differ: what was joined is thrown away")
                self._show(View(trouble=WORDS_DIFFER, number=self.view.number))
            case ((Stage.LIGHTS | Stage.BUZZER), Answer.AGAIN):
                self._begin(stage)
            case ((Stage.TOUCH | Stage.LIGHTS | Stage.BUZZER), (Answer.YES | Answer.NO)):
                self._checked(well=answer is Answer.YES)
            case ((Stage.READ | Stage.RECEIPT), Answer.NO):
                self._checked(well=False)
        return False

    def _waited(self) -> bool:
        """Nothing has happened for a turn. Whether that was the end."""
        waited_s = self._clock() - self._since_s
        if self.view.stage is Stage.RECEIPT:
            if self._parts.is_received():
                self._checked(well=True)
            elif waited_s > RECEIPT_WITHIN_S:
                self._checked(well=False)
        return self.view.stage is Stage.DONE and waited_s > SHOWN_AT_THE_END_S

    def _checked(self, *, well: bool) -> None:
        stage = self.view.stage
        self._parts.rest()
        self._show(replace(self.view, checks=(*self.view.checks, (stage, well))))
        self._enter(_NEXT[stage])

    def _enter(self, stage: Stage) -> None:
        self._show(replace(self.view, stage=stage, trouble="", step=""))
        self._begin(stage)

    def _begin(self, stage: Stage) -> None:
        match stage:
            case Stage.LIGHTS:
                self._parts.shine()
            case Stage.BUZZER:
                self._parts.sound()
            case Stage.RECEIPT:
                if not self._parts.send():
                    self._checked(well=False)
            case Stage.DONE:
                joined = self.view.joined
                if joined is not None and self._parts.label(joined):
                    self._show(replace(self.view, is_printed=True))

    def _show(self, view: View) -> None:
        if view.stage is not self.view.stage:
            self._since_s = self._clock()
        self.view = replace(view, number=self.view.number + 1)


# with these the same code, still held up, is worth another try
_LATER = frozenset(
    {
        Trouble.NO_NETWORK,
        Trouble.NO_WIFI,
        Trouble.NOT_READY,
        Trouble.TOO_OFTEN,
        Trouble.CLOCK,
        Trouble.STORAGE,
    }
)
