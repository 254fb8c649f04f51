"""The boots of each stream, their anchors, and where their events lie in time; the rules are collector.clocks.

An event is placed as it is stored, by what is known then. When more becomes known its boot is marked, and `tidy` places
its events anew, a bounded number at a time: no kiosk can make a commit long.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from collector.clocks import Anchor, Bracket, Placed, brackets, by_anchors, place
from collector.days import ms_of
from collector.ledger.connection import Connection, columns, many
from collector.ledger.port import Moved
from kiosk.wire.events import Event, TimeQuality

# between two anchors that are kept; drift in between is 45 ms
ANCHOR_EVERY_NS = 15 * 60 * 10**9
MAX_REDONE = 2_000
# boots in a row that never synchronised
_MAX_RUN = 500
_NS_A_MS = 1_000_000
_MAX_NS = 2**63 - 1  # the largest whole number of both stores

_COLUMNS = (
    "key, kiosk, stream, first_seq, last_ns, first_anchor_ns, last_anchor_ns, base_ms, width_ms"
)
_OF_ALL = f"""
    SELECT {_COLUMNS}, EXISTS (
        SELECT 1 FROM boot AS later
        WHERE later.kiosk = boot.kiosk AND later.stream = boot.stream AND later.first_seq > boot.first_seq
    ), boot_id FROM boot
"""  # noqa: S608 - fixed text
_LOAD = f"{_OF_ALL} WHERE kiosk = ? AND stream = ? AND boot_id = ?"
_BOOT_KEY = ("text", "text", "text")
_LOAD_ALL = f"{_OF_ALL} WHERE (kiosk, stream, boot_id) IN {many(_BOOT_KEY)}"
_INSERT = """
    INSERT INTO boot (kiosk, stream, boot_id, first_seq, last_ns) VALUES (?, ?, ?, ?, ?) RETURNING key
"""
_UPDATE = """
    UPDATE boot SET first_seq = ?, last_ns = ?, first_anchor_ns = ?, last_anchor_ns = ?, base_ms = ?, width_ms = ?
    WHERE key = ?
"""
_ANCHOR = "INSERT INTO anchor VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_ANCHORS = "SELECT boottime_ns, at_ms FROM anchor WHERE boot = ? ORDER BY boottime_ns"
_REDO = "UPDATE boot SET redo_from = 0 WHERE key = ?"
_IN_STREAM = f"SELECT {_COLUMNS}, 0 FROM boot WHERE kiosk = ? AND stream = ?"  # noqa: S608 - fixed text
_LAST_OF_BOOT = """
    SELECT boottime_ns FROM event WHERE kiosk = ? AND stream = ? AND seq < ? AND boot = ? ORDER BY seq DESC LIMIT 1
"""
_TO_PLACE = """
    SELECT key, boottime_ns, at_ms, placed_ms, placed_quality, placed_width_ms FROM event
    WHERE boot = ? AND key >= ? AND placed_quality <> 'ntp' ORDER BY key LIMIT ?
"""


@dataclass(slots=True)
class _Boot:
    """One row of `boot`. `base_ms` is the time of its boot time 0, of one with anchors exact. `last_ns` is only kept
    while it has none."""

    key: int
    kiosk: str
    stream: str
    first_seq: int
    last_ns: int
    first_anchor_ns: int | None = None
    last_anchor_ns: int | None = None
    base_ms: int | None = None
    width_ms: int | None = None
    has_later: int | bool = 0
    moved: bool = False  # what its neighbours are bracketed by has changed
    changed: bool = False
    new_anchors: list[Anchor] = field(default_factory=list)

    @property
    def is_anchored(self) -> bool:
        return self.first_anchor_ns is not None

    @property
    def bracket(self) -> Bracket | None:
        return None if self.base_ms is None else Bracket(self.base_ms, self.width_ms)

    def wants(self, anchor_ns: int) -> bool:
        if self.first_anchor_ns is None or self.last_anchor_ns is None:
            return True
        return not (
            self.first_anchor_ns - ANCHOR_EVERY_NS
            < anchor_ns
            < self.last_anchor_ns + ANCHOR_EVERY_NS
        )


class Clocks:
    """For one transaction: `place` each event that is to be stored, then `finish`."""

    def __init__(self, connection: Connection, lock: str = "") -> None:
        """`lock` ends the question for a marked boot: where several write, another takes the next one."""
        self._lock = lock
        self._connection = connection
        self._boots: dict[tuple[str, str, str], _Boot] = {}

    def place(self, event: Event) -> tuple[int, int, Placed]:
        """The key of its boot, its boot time in nanoseconds, and where it lies."""
        boot = self._boot(event)
        boottime_ns, own_ms = min(event.boottime_ns, _MAX_NS), ms_of(event.at)
        if boot.is_anchored:
            boot.moved = boot.moved or bool(boot.has_later)
        elif boottime_ns > boot.last_ns:
            boot.last_ns, boot.changed, boot.moved = boottime_ns, True, True
        if event.seq < boot.first_seq:
            boot.first_seq, boot.changed, boot.moved = event.seq, True, True
        if event.time_quality == TimeQuality.NTP:
            if boot.wants(boottime_ns):
                self._add(boot, Anchor(boottime_ns, own_ms))
            return boot.key, boottime_ns, Placed(own_ms, TimeQuality.NTP, 0)
        anchors = self._anchors(boot) if boot.is_anchored else ()
        placed = place(boottime_ns, own_ms, event.time_quality, anchors, boot.bracket)
        return boot.key, boottime_ns, placed

    def fetch(self, boots: set[tuple[str, str, str]]) -> Callable[[], None]:
        """Ask for all at once, where each question would be a journey; what is returned reads the answers. Those that
        are new are found to be so later."""
        found = self._connection.execute(_LOAD_ALL, columns(_BOOT_KEY, boots))

        def read() -> None:
            for *row, boot_id in found.fetchall():
                boot = _Boot(*row)
                self._boots[boot.kiosk, boot.stream, boot_id] = boot

        return read

    def finish(self) -> None:
        """Write down what has changed, and mark the boots whose events must be placed anew."""
        moved = [boot for boot in self._boots.values() if boot.moved]
        for boot in self._boots.values():
            if boot.new_anchors:
                self._connection.executemany(
                    _ANCHOR, [(boot.key, *anchor) for anchor in boot.new_anchors]
                )
                boot.base_ms, boot.width_ms = by_anchors(0, self._anchors(boot))
                self._connection.execute(_REDO, [boot.key])
            if boot.changed:
                self._save(boot)
        for key in {(boot.kiosk, boot.stream) for boot in moved}:
            seqs = [boot.first_seq for boot in moved if (boot.kiosk, boot.stream) == key]
            self._bracket(key, min(seqs), max(seqs))

    def tidy(self) -> list[Moved] | None:
        """Place some events of one marked boot anew, and which of them lie elsewhere now. None: no boot is marked."""
        marked = f"FROM boot WHERE redo_from IS NOT NULL LIMIT 1{self._lock}"
        found = self._connection.execute(f"SELECT {_COLUMNS}, 0, redo_from {marked}").fetchone()
        if found is None:
            return None
        boot, start = _Boot(*found[:-1]), found[-1]
        anchors = self._anchors(boot)
        rows = self._connection.execute(_TO_PLACE, [boot.key, start, MAX_REDONE]).fetchall()
        moved = []
        for key, boottime_ns, own_ms, *before in rows:
            now = place(boottime_ns, own_ms, before[1], anchors, boot.bracket)
            if now != (was := Placed(*before)):
                moved.append(Moved(key, was, now))
        self._connection.executemany(
            "UPDATE event SET placed_ms = ?, placed_quality = ?, placed_width_ms = ? WHERE key = ?",
            [(*each.placed, each.key) for each in moved],
        )
        more = rows[-1][0] + 1 if len(rows) == MAX_REDONE else None
        self._connection.execute("UPDATE boot SET redo_from = ? WHERE key = ?", [more, boot.key])
        return moved

    def _boot(self, event: Event) -> _Boot:
        key = (event.kiosk, event.stream, event.boot_id)
        known = self._boots.get(key)
        if known is None:
            found = self._connection.execute(_LOAD, key).fetchone()
            known = _Boot(*found[:-1]) if found else self._new(event)
            self._boots[key] = known
        return known

    def _new(self, event: Event) -> _Boot:
        last_ns = min(event.boottime_ns, _MAX_NS)
        row = (event.kiosk, event.stream, event.boot_id, event.seq, last_ns)
        (key,) = self._connection.execute(_INSERT, row).fetchone()
        return _Boot(key, event.kiosk, event.stream, event.seq, last_ns, moved=True)

    def _add(self, boot: _Boot, anchor: Anchor) -> None:
        first, last = boot.first_anchor_ns, boot.last_anchor_ns
        boot.moved = boot.moved or first is None or bool(boot.has_later)
        boot.first_anchor_ns = (
            anchor.boottime_ns if first is None else min(first, anchor.boottime_ns)
        )
        boot.last_anchor_ns = anchor.boottime_ns if last is None else max(last, anchor.boottime_ns)
        boot.new_anchors.append(anchor)
        boot.changed = True

    def _anchors(self, boot: _Boot) -> list[Anchor]:
        stored = [Anchor(*row) for row in self._connection.execute(_ANCHORS, [boot.key])]
        return sorted({*stored, *boot.new_anchors})

    def _save(self, boot: _Boot) -> None:
        row = (boot.first_seq, boot.last_ns, boot.first_anchor_ns, boot.last_anchor_ns)
        self._connection.execute(_UPDATE, (*row, boot.base_ms, boot.width_ms, boot.key))

    # ---- boots that never synchronised

    def _bracket(self, key: tuple[str, str], low: int, high: int) -> None:
        """Anew, every boot without anchors near those that begin at the numbers `low` to `high`."""
        before = self._nearest_anchored(f"first_seq < {low} AND", key, "DESC")
        after = self._nearest_anchored(f"first_seq > {high} AND", key, "ASC")
        begin = before.first_seq if before else 0
        where = f"AND first_seq BETWEEN {begin} AND {after.first_seq if after else _MAX_NS}"
        ordered = f"{_IN_STREAM} {where} ORDER BY first_seq LIMIT {_MAX_RUN}"
        run: list[_Boot] = []
        edge: _Boot | None = None
        for row in self._connection.execute(ordered, key).fetchall():
            boot = _Boot(*row)
            if not boot.is_anchored:
                run.append(boot)
                continue
            self._settle(edge, run, boot)
            edge, run = boot, []
        self._settle(edge, run, None)

    def _nearest_anchored(self, where: str, key: tuple[str, str], order: str) -> _Boot | None:
        sql = f"{_IN_STREAM} AND {where} first_anchor_ns IS NOT NULL ORDER BY first_seq {order} LIMIT 1"
        found = self._connection.execute(sql, key).fetchone()
        return _Boot(*found) if found else None

    def _settle(self, before: _Boot | None, run: list[_Boot], after: _Boot | None) -> None:
        if not run:
            return
        before_ms = None
        if before is not None:
            last = (before.kiosk, before.stream, run[0].first_seq, before.key)
            (last_ns,) = self._connection.execute(_LAST_OF_BOOT, last).fetchone() or (0,)
            before_ms = by_anchors(last_ns, self._anchors(before))[0]
        lengths_ms = [boot.last_ns // _NS_A_MS for boot in run]
        found: Iterable[Bracket] = brackets(
            before_ms, lengths_ms, None if after is None else after.base_ms
        )
        for boot, bracket in zip(run, found, strict=False):  # nothing is known of any, or of all
            if boot.bracket != bracket:
                boot.base_ms, boot.width_ms = bracket.base_ms, bracket.width_ms
                self._save(boot)
                self._connection.execute(_REDO, [boot.key])
