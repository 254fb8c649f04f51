"""F1 and F2 as CSV. People are numbers of the ledger: who they are is released elsewhere, and by two."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from collector import csv_text
from collector.days import at_ms, local_text
from collector.tracing.first import Contact, First
from collector.tracing.passed import Seen
from collector.tracing.second import Second
from collector.tracing.words import WENT_IN, clock_of, end_of
from kiosk.domain.passage import Passed

_FIRST = (
    "Thứ hạng / Rank",
    "Số người / Person",
    "Phút ở cùng / Minutes together",
    "Phút chắc chắn / Minutes certain",
    "Số lần gặp / Meetings",
    "Phơi nhiễm đầu tiên / First exposure",
    "Cơ sở / Venue",
    "Từ / From",
    "Đến / To",
    "Số người trong phòng / Others there",
    "Cách biết giờ của ca / Ends of the case",
    "Cách biết giờ của F1 / Ends of F1",
    "Sai lệch đồng hồ / Clocks",
    "Ca đã vào / The case went in",
    "F1 đã vào / F1 went in",
)
_SECOND = ("Số người / Person", "Phút trong phòng có F1 / Minutes in a room with F1")


def first_lines(
    first: First,
    venues: Mapping[int, str],
    went_in: Callable[[Iterable[Seen]], Mapping[Seen, Passed]],
) -> Iterator[str]:
    """A line for each meeting, the byte order mark that Excel asks for before the heading. `went_in` tells of stays
    what light barriers have told: who was let in and did not go in stays on the list, and is marked."""
    yield csv_text.BYTE_ORDER_MARK + csv_text.line(_FIRST)
    known = went_in(seen_in(first))
    for rank, contact in enumerate(first, 1):
        yield from (csv_text.line(row) for row in _meetings(rank, contact, venues, known))


def seen_in(contacts: Iterable[Contact]) -> Iterator[Seen]:
    """The stays that these contacts rest on: those of the case, by their events, and their own."""
    for contact in contacts:
        for met in contact.meetings:
            yield 0, met.own
            yield contact.person, met.other


def second_lines(found: Second, seconds: Iterable[int]) -> Iterator[str]:
    yield csv_text.BYTE_ORDER_MARK + csv_text.line(_SECOND)
    for person, each in zip(found.people.tolist(), seconds, strict=True):
        yield csv_text.line([person, each // 60])


def _meetings(
    rank: int, contact: Contact, venues: Mapping[int, str], went_in: Mapping[Seen, Passed]
) -> Iterator[Sequence[object]]:
    for met in contact.meetings:
        yield (
            *(rank, contact.person, contact.seconds // 60, contact.sure_s // 60, contact.times),
            *(local_s(contact.first_s), venues.get(met.own.venue, ""), local_s(met.tin)),
            *(local_s(met.tout), met.room, end_of(met.own), end_of(met.other)),
            *(clock_of(met.width_s), WENT_IN[went_in.get((0, met.own))]),
            WENT_IN[went_in.get((contact.person, met.other))],
        )


def local_s(at_s: int) -> str:
    """`24/11/2026 08:00:00`."""
    return local_text(at_ms(at_s * 1000))
