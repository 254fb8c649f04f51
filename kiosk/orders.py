"""What the authority commands and what staff do: written down first, then obeyed."""

import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from hardware.lights import Signal
from kiosk import cues
from kiosk.domain.shown import Cue, Fault, Screen
from kiosk.domain.staff_act import Act, ActKind, Done
from kiosk.record import Record
from kiosk.reports import CommandGiven
from kiosk.wire.commands import CommandName

log = logging.getLogger(__name__)

IDENTIFY_S = 15.0
# each lamp with its sound in turn, while the screen says that it is a test
TRIED = (Cue.ACCEPTED, Cue.MISSING, Cue.REFER)
TRIED_S = 1.5
# acts whose outcome is known: a phone that has not heard it asks again
REMEMBERED = 64
# an event has 8 KiB, and JSON in JSON doubles its quotes
DIAGNOSTICS_CHARACTERS = 3_000


class Orders:
    """For the loop's thread. `ends` is True once the process has been asked to end."""

    def __init__(
        self,
        record: Record,
        set_fault: Callable[[Fault, bool], None],
        try_lamps: Callable[[float], None],
        relight: Callable[[], None],
        status: Callable[[], Mapping[str, object]],
        is_resting: Callable[[], bool],
        acted: Callable[[Act], None],
    ) -> None:
        """`try_lamps` shows for so many seconds that it is a test, while the door `is_resting`; `relight` asks for
        `signal` again; `acted` hears of an act that is on the disk."""
        self._record = record
        self._set_fault = set_fault
        self._try_lamps = try_lamps
        self._relight = relight
        self._status = status
        self._is_resting = is_resting
        self._acted = acted
        self._found_until_s = 0.0
        # until when, by the monotonic clock; first things first
        self._tried: list[tuple[float, Signal]] = []
        self._done: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.ends = False

    def command(self, given: CommandGiven) -> None:
        """Answered first: what ends this process could not be answered any more."""
        told = {"diagnostics": self._diagnostics()} if given.name == CommandName.DIAGNOSTICS else {}
        notice = "command_refused" if given.refusal else "command_done"
        reason = given.name if not given.refusal else given.refusal
        log.info("%s: %s", notice, reason)
        self._record.device_notice(notice, reason, command=given.id, **told)
        if not given.refusal:
            self._obey(given.name)

    def act(self, act: Act) -> Done:
        """What could not be written down has not happened. The same act, by its id, is done once."""
        key = (act.by, act.id)
        if act.id and key in self._done:
            return Done.SAVED
        if act.kind is ActKind.LIGHTS and not self._is_resting():
            return Done.BUSY
        if not self._record.device_notice(act.notice, act.reason, **act.told):
            return Done.NOT_SAVED
        self._done[key] = None
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        match act.kind:
            case ActKind.PAUSE | ActKind.RESUME:
                self._set_fault(Fault.PAUSED, act.kind is ActKind.PAUSE)
            case ActKind.LIGHTS:
                now_s = time.monotonic()
                self._tried = [
                    (now_s + TRIED_S * number, cues.signal_for(cue, door_relay_s=0.0))
                    for number, cue in enumerate(TRIED, 1)
                ]
                self._try_lamps(TRIED_S * len(TRIED))
            case ActKind.RESTART:
                self.ends = True
        self._acted(act)
        return Done.SAVED

    def signal(self, screen: Screen) -> Signal | None:
        """What the lamps show while they rest; None for nothing out of the ordinary."""
        if screen is Screen.TEST:
            return self._tried[0][1] if self._tried else None
        return cues.IDENTIFY if self._found_until_s else None

    def turn(self, now_s: float) -> None:
        """Ends what has been shown for long enough."""
        left = [one for one in self._tried if now_s < one[0]]
        is_found = bool(self._found_until_s) and now_s >= self._found_until_s
        if is_found:
            self._found_until_s = 0.0
        if is_found or len(left) != len(self._tried):
            self._tried = left
            self._relight()

    def _obey(self, name: str) -> None:
        match name:
            case CommandName.IDENTIFY:
                self._found_until_s = time.monotonic() + IDENTIFY_S
                self._relight()
            case CommandName.PAUSE | CommandName.RESUME:
                self._set_fault(Fault.PAUSED, name == CommandName.PAUSE)
            case CommandName.RESTART:
                self.ends = True

    def _diagnostics(self) -> str:
        """The state as staff see it: nothing of a visitor."""
        return json.dumps(self._status(), separators=(",", ":"), default=str)[
            :DIAGNOSTICS_CHARACTERS
        ]
