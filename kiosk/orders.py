"""What the authority commands and what staff do: written down first, then obeyed."""

import json
import logging
import time
from collections.abc import Callable, Mapping

from hardware.lights import Signal
from kiosk import cues
from kiosk.domain import machine
from kiosk.domain.staff_act import Act, ActKind
from kiosk.record import Record
from kiosk.reports import CommandGiven
from kiosk.wire.commands import CommandName

log = logging.getLogger(__name__)

IDENTIFY_S = 15.0
# each lamp with its sound in turn, between visitors
TRIED = (machine.Cue.ACCEPTED, machine.Cue.MISSING, machine.Cue.REFER)
TRIED_S = 1.5
# an event has 8 KiB, and JSON in JSON doubles its quotes
DIAGNOSTICS_CHARACTERS = 3_000


class Orders:
    """For the loop's thread. `ends` is True once the process has been asked to end."""

    def __init__(
        self,
        record: Record,
        set_fault: Callable[[machine.Fault, bool], None],
        relight: Callable[[], None],
        status: Callable[[], Mapping[str, object]],
        is_resting: Callable[[], bool],
    ) -> None:
        """`relight` asks for `signal` again, when the lamps are `is_resting`."""
        self._record = record
        self._set_fault = set_fault
        self._relight = relight
        self._status = status
        self._is_resting = is_resting
        self._signals: list[
            tuple[float, Signal]
        ] = []  # until when, by the monotonic clock; first things first
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

    def act(self, act: Act) -> bool:
        """False when it could not be written down: then it has not happened."""
        if not self._record.device_notice(act.notice, act.reason, **act.told):
            return False
        match act.kind:
            case ActKind.PAUSE | ActKind.RESUME:
                self._set_fault(machine.Fault.PAUSED, act.kind is ActKind.PAUSE)
            case ActKind.LIGHTS:
                now_s = time.monotonic()
                self._show(
                    [
                        (now_s + TRIED_S * number, cues.signal_for(cue, door_relay_s=0.0))
                        for number, cue in enumerate(TRIED, 1)
                    ]
                )
            case ActKind.RESTART:
                self.ends = True
        return True

    def signal(self) -> Signal | None:
        """What the lamps show while they rest; None for nothing out of the ordinary."""
        return self._signals[0][1] if self._signals else None

    def turn(self, now_s: float) -> None:
        """Ends what has been shown for long enough."""
        left = [one for one in self._signals if now_s < one[0]]
        if len(left) != len(self._signals):
            self._show(left)

    def _obey(self, name: str) -> None:
        match name:
            case CommandName.IDENTIFY:
                self._show([(time.monotonic() + IDENTIFY_S, cues.IDENTIFY)])
            case CommandName.PAUSE | CommandName.RESUME:
                self._set_fault(machine.Fault.PAUSED, name == CommandName.PAUSE)
            case CommandName.RESTART:
                self.ends = True

    def _show(self, signals: list[tuple[float, Signal]]) -> None:
        self._signals = signals
        if self._is_resting():
            self._relight()

    def _diagnostics(self) -> str:
        """The state as staff see it: nothing of a visitor."""
        return json.dumps(self._status(), separators=(",", ":"), default=str)[
            :DIAGNOSTICS_CHARACTERS
        ]
