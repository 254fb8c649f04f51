"""A share of the fleet in one process: acts out what is going to happen at its doors, and keeps their uplinks turning.

One thread for all of them, as a kiosk's uplink is one. `select` in the uplink takes file numbers below 1,024, of which
a light kiosk needs six: so a process has KIOSKS_A_PROCESS of them and not more.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from kiosk.simulation.fleet.clock import Clock, moment
from kiosk.simulation.fleet.doors import Act, What
from kiosk.simulation.fleet.light import LightKiosk
from kiosk.simulation.fleet.province import Fate
from kiosk.simulation.fleet.truth import Truth
from kiosk.uplink.settings import UplinkSettings

KIOSKS_A_PROCESS = 120
JOINS_A_SECOND = 25.0  # of the whole fleet: more at once would time out and back off
IDLE_S, JOINING_S, BUSY_S = 4.0, 0.2, 0.1
SCAN_EVERY_S = 7  # of the evening's visits that will wait


@dataclass(frozen=True, slots=True)
class Standing:
    """How a share stands. `acts`: still to come; `evening`: kiosks that are not ready for the night; `online_at`: when
    each kiosk was connected for the first time since it was last asked to reconnect (Unix time)."""

    acts: int
    evening: int
    waiting: int
    online: int
    powered: int
    online_at: Sequence[float]


@dataclass(frozen=True, slots=True)
class Sent:
    """Of one kiosk: the end of its stream, and the ids of its visits as often as it has stored them."""

    stream: str
    events: int
    visits: Sequence[str]


@dataclass
class _Played:
    kiosk: LightKiosk
    acts: deque[Act]
    due_s: float = 0.0
    evening: str = "to_join"
    evening_at_s: float = 0.0
    online_at: float | None = None


@dataclass
class Share:
    truth: Truth
    day: date
    clock: Clock
    kiosks: Sequence[str]
    make: Callable[[str, Callable[[], datetime]], LightKiosk]
    joins_a_second: float = JOINS_A_SECOND
    is_day: bool = False
    _played: list[_Played] = field(default_factory=list)

    def __post_init__(self) -> None:
        now_s = time.monotonic()
        for number, name in enumerate(self.kiosks):
            kiosk = self.make(name, lambda: self.clock.now())
            joins_s = now_s + number / self.joins_a_second
            acts = deque(self.truth.acts[name])
            self._played.append(_Played(kiosk, acts, evening_at_s=joins_s))

    def turn(self) -> None:
        """Some milliseconds, and a rest when there is nothing to do."""
        now_s, now = time.monotonic(), self.clock.now()
        turned = False
        for each in self._played:
            if self.is_day:
                self._act(each, now, now_s)
            else:
                self._evening(each, now, now_s)
            if each.due_s <= now_s and each.kiosk.boot is not None:
                self._turn(each, now_s)
                turned = True
        if not turned:
            time.sleep(0.005)

    def begin_day(self, clock: Clock) -> None:
        self.clock = clock
        self.is_day = True

    def mend(self) -> None:
        """All that is broken or was left is mended, so that what waits can come: networks, and power where there is
        something to say."""
        now = self.clock.now()
        for each in self._played:
            kiosk = each.kiosk
            if kiosk.boot is None and kiosk.waiting():
                kiosk.power_on(now, 0)
            if not kiosk.has_network:
                kiosk.network(there=True)
            self._wake(each)

    def pace(self, settings: Mapping[str, UplinkSettings]) -> None:
        """From the next connection on, which is made now."""
        for each in self._played:
            each.kiosk.pace(settings[each.kiosk.id])
            self._wake(each)

    def forget_online(self) -> None:
        for each in self._played:
            each.online_at = None

    def say(self, count: int) -> None:
        """Every kiosk that is on has so much to say."""
        now = self.clock.now()
        for each in self._played:
            if each.kiosk.boot is not None:
                for _ in range(count):
                    each.kiosk.other_code(now)
                self._wake(each)

    def standing(self) -> Standing:
        powered = [each for each in self._played if each.kiosk.boot is not None]
        return Standing(
            acts=sum(len(each.acts) for each in self._played),
            evening=sum(each.evening != "over" for each in self._played),
            waiting=sum(each.kiosk.waiting() for each in self._played),
            online=sum(each.kiosk.beat.connected for each in powered),
            powered=len(powered),
            online_at=[each.online_at for each in self._played if each.online_at is not None],
        )

    def sent(self) -> dict[str, Sent]:
        found = {}
        for each in self._played:
            head = each.kiosk.head()
            stream, events = (head.stream, head.seq) if head is not None else ("", 0)
            found[each.kiosk.id] = Sent(stream, events, each.kiosk.visits)
        return found

    def close(self) -> None:
        for each in self._played:
            each.kiosk.close()

    # ---- the evening before: technicians have put them up, each says that it is there

    def _evening(self, each: _Played, now: datetime, now_s: float) -> None:
        kiosk = each.kiosk
        if now_s < each.evening_at_s or each.evening == "over":
            return
        venue = self.truth.doors[kiosk.id].venue
        if each.evening == "to_join":
            kiosk.power_on(now, 0)
            self._wake(each)
            each.evening = "joins"
        elif each.evening == "joins" and kiosk.can_seal and kiosk.beat.connected:
            kiosk.notice("anchor", "synchronised", now)
            self._wake(each)
            each.evening = "arrives"
        elif each.evening == "arrives" and not kiosk.waiting():
            if venue.fate is Fate.BACKLOG:
                kiosk.network(there=False)
                for number, scan in enumerate(self.truth.waiting[kiosk.id]):
                    kiosk.scan(scan, now + timedelta(seconds=number * SCAN_EVERY_S))
                kiosk.network(there=True)
                each.evening = "flickers"
            else:
                if venue.switches_off or venue.fate is Fate.OFF:
                    self._switch_off(kiosk)
                each.evening = "over"
        elif each.evening == "flickers" and kiosk.beat.connected:
            kiosk.turn()  # what it has just said goes out, and then the network is gone again
            kiosk.network(there=False)
            if venue.switches_off:
                kiosk.power_cut()
            each.evening = "over"

    def _switch_off(self, kiosk: LightKiosk) -> None:
        if self.truth.doors[kiosk.id].goodbye:
            kiosk.switch_off()
        else:
            kiosk.power_cut()

    # ---- the day

    def _act(self, each: _Played, now: datetime, now_s: float) -> None:
        while each.acts and moment(self.day, each.acts[0].at) <= now:
            self._do(each, each.acts.popleft())
            each.due_s = now_s

    def _do(self, each: _Played, act: Act) -> None:
        kiosk, at = each.kiosk, moment(self.day, act.at)
        match act.what:
            case What.POWER_ON if kiosk.boot is None or act.number:
                kiosk.power_cut()
                kiosk.power_on(at, act.number)
            case What.POWER_ON:
                pass  # it was on all night
            case What.POWER_CUT:
                kiosk.power_cut()
            case What.SWITCH_OFF:
                kiosk.switch_off()
            case What.NETWORK_LOST:
                kiosk.network(there=False)
            case What.NETWORK_BACK:
                kiosk.network(there=True)
            case What.CLOCK_RIGHT:
                kiosk.clock_right()
            case What.ANCHOR:
                kiosk.notice("anchor", "hourly", at)
            case What.BLIND:
                kiosk.notice("camera_fault", "camera", at)
            case What.OTHER_CODE:
                kiosk.other_code(at)
            case What.SCAN if act.scan is not None:
                kiosk.scan(act.scan, at)

    # ---- uplinks

    def _turn(self, each: _Played, now_s: float) -> None:
        was_online = each.kiosk.beat.connected
        each.kiosk.turn()
        beat = each.kiosk.beat
        if beat.connected and not was_online:
            each.online_at = each.online_at or time.time()
        if not each.kiosk.has_network:
            each.due_s = now_s + IDLE_S
        elif not beat.connected:
            each.due_s = now_s + JOINING_S
        else:
            each.due_s = now_s + (BUSY_S if each.kiosk.waiting() else IDLE_S)

    def _wake(self, each: _Played) -> None:
        each.due_s = time.monotonic()
