import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from kiosk.domain.declaration import Declaration, Risk, Source
from kiosk.domain.verdict import Outcome, Verdict
from kiosk.domain.visit import Direction, Visit
from kiosk.store.outbox import Outbox
from kiosk.store.people import is_kept
from kiosk.store.reserve import Reserve
from kiosk.store.stamp import Stamp
from kiosk.wire.events import chain_hash
from kiosk.wire.ids import uuid7
from kiosk.wire.receipts import Receipt

BOOT = "3b1f6c1e-6a0e-4c53-9f4e-0a4f3f3f9d11"
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # in Ho Chi Minh City
SMALL = Reserve(ballast_bytes=64 * 1024, nearly_full_bytes=2 * 1024 * 1024, full_bytes=1024 * 1024)

_numbers = count(1)


@pytest.fixture(autouse=True)
def _long_only_when_asked(request: pytest.FixtureRequest) -> None:
    asked = "long" in str(request.config.getoption("-m"))
    if request.node.get_closest_marker("long") and not asked:
        pytest.skip("takes minutes: run with -m long")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    """The loop's own, on a real file."""
    with Outbox(path, "cho-1", owner=True, room=SMALL) as opened:
        yield opened


@pytest.fixture
def new_visit() -> Callable[..., Visit]:
    """A made-up visit, each with an id of its own."""

    def make(
        outcome: Outcome = Outcome.ACCEPTED,
        direction: Direction = Direction.IN,
        at: datetime = NOON,
        follows: str | None = None,
    ) -> Visit:
        number = next(_numbers)
        visit_id = uuid7(1_795_482_000_000 + number, number.to_bytes(10))
        return Visit(visit_id, at, direction, Verdict(outcome, "portal"), "cccd", follows)

    return make


@pytest.fixture
def new_declaration() -> Callable[..., Declaration]:
    def make(made_at: datetime = NOON, risk: Risk = Risk.NONE) -> Declaration:
        number = next(_numbers)
        made = uuid7(1_795_482_000_000 + number, number.to_bytes(10))
        return Declaration(made, made_at, Source.KIOSK_FORM, risk, 1)

    return make


@pytest.fixture
def receipt() -> Callable[..., Receipt]:
    """The collector's word on the stream of an outbox: it has all up to `upto`, and `also`."""

    def make(
        outbox: Outbox,
        upto: int,
        also: tuple[int, ...] = (),
        after_s: float = 0.0,
        ledger: str = "1" * 32,
        archived: int = 0,
    ) -> Receipt:
        rows = {row.seq: row for row in outbox.waiting(0, 100_000)}
        head = outbox.head()
        assert head is not None
        at = NOON + timedelta(seconds=after_s)
        chain = chain_hash(rows[upto].payload) if upto in rows else ""
        return Receipt(head.stream, upto, also, at, chain, archived, ledger)

    return make


@pytest.fixture
def stamp() -> Callable[..., Stamp]:
    """The clocks `after_s` seconds past noon, on a machine that booted an hour before."""

    def make(after_s: float = 0.0, boot_id: str = BOOT, synchronised: bool = True) -> Stamp:
        boottime_ns = max(0, int((3_600 + after_s) * 1e9))
        return Stamp(NOON + timedelta(seconds=after_s), boot_id, boottime_ns, synchronised)

    return make


@pytest.fixture
def in_ram() -> Iterator[Path]:
    """A path for a database of people that is kept."""
    if not is_kept(Path("/dev/shm/people.db")):
        pytest.skip("/dev/shm is no tmpfs on this machine")
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    yield folder / "people.db"
    shutil.rmtree(folder)
