"""F1 and F2 as CSV. People are numbers of the ledger: who they are is released elsewhere, and by two."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from collector import csv_text
from collector.days import at_ms, local_text
from collector.tracing.first import Contact, First
from collector.tracing.second import Second
from collector.tracing.words import clock_of, end_of

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
)
_SECOND = ("Số người / Person", "Phút trong phòng có F1 / Minutes in a room with F1")


def first_lines(first: First, venues: Mapping[int, str]) -> Iterator[str]:
    """A line for each meeting, the byte order mark that Excel asks for before the heading."""
    yield csv_text.BYTE_ORDER_MARK + csv_text.line(_FIRST)
    for rank, contact in enumerate(first, 1):
        yield from (csv_text.line(row) for row in _meetings(rank, contact, venues))


def second_lines(found: Second, seconds: Iterable[int]) -> Iterator[str]:
    yield csv_text.BYTE_ORDER_MARK + csv_text.line(_SECOND)
    for person, each in zip(found.people.tolist(), seconds, strict=True):
        yield csv_text.line([person, each // 60])


def _meetings(rank: int, contact: Contact, venues: Mapping[int, str]) -> Iterator[Sequence[object]]:
    for met in contact.meetings:
        yield (
            *(rank, contact.person, contact.seconds // 60, contact.sure_s // 60, contact.times),
            *(local_s(contact.first_s), venues.get(met.own.venue, ""), local_s(met.tin)),
            *(local_s(met.tout), met.room, end_of(met.own), end_of(met.other)),
            clock_of(met.width_s),
        )


def local_s(at_s: int) -> str:
    """`24/11/2026 08:00:00`."""
    return local_text(at_ms(at_s * 1000))
