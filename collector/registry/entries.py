"""What somebody typed, on a page or in a spreadsheet, becomes an entry, or a list of what is wrong with it.

Every field is looked at, so that whoever mends a list mends it once. Each fault says what to do, and quotes neither the
person responsible nor the telephone number.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from collector.both import Both
from collector.registry import hours, words
from collector.registry.shapes import (
    ID,
    MAX_NAME,
    MAX_STAY_MIN,
    MAX_TEXT,
    Organisation,
    OrganisationKind,
    RegisteredKiosk,
    Venue,
    VenueState,
    VenueType,
)
from kiosk.questions.places import Commune, all_places, fold
from kiosk.wire.topics import KIOSK_ID

_PHONE = re.compile(r"\+?[0-9][0-9 .-]{5,19}")


@dataclass(frozen=True, slots=True)
class Fault:
    """`field` is the name of the field of the entry."""

    field: str
    said: Both


@dataclass(frozen=True, slots=True)
class Known:
    """What an entry may speak of."""

    organisations: Collection[str] = ()
    venues: Collection[str] = ()
    gives_hints: bool = True  # what else may have been meant


@dataclass(slots=True)
class _Cells:
    cells: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def text(self, name: str, most: int = MAX_TEXT, *, needed: bool = False) -> str:
        text = unicodedata.normalize("NFC", " ".join(self.cells.get(name, "").split()))
        if needed and not text:
            self.say(name, Both("còn trống: hãy điền", "is empty: fill it in"))
        elif len(text) > most:
            self.say(name, Both(f"dài quá {most} chữ", f"has more than {most} letters"))
        elif not all(letter.isprintable() for letter in text):
            self.say(name, Both("có ký tự không in được", "holds a sign that cannot be printed"))
        return text

    def id(self, name: str, pattern: re.Pattern[str], most: int) -> str:
        text = self.text(name, needed=True)
        if text and not pattern.fullmatch(text):
            self.say(
                name,
                Both(
                    f"“{text}”: chỉ dùng chữ thường a-z, số và gạch nối, nhiều nhất {most} ký tự",
                    f"“{text}”: use small letters a-z, digits and hyphens, {most} at most",
                ),
            )
        return text

    def say(self, name: str, said: Both) -> None:
        self.faults.append(Fault(name, said))


def organisation_of(
    cells: Mapping[str, str], known: Known
) -> tuple[Organisation | None, list[Fault]]:
    """`known.organisations` are the ids that a parent may have."""
    got = _Cells(cells)
    own = got.id("id", ID, 32)
    name = got.text("name", MAX_NAME, needed=True)
    kind = _meant(got, "kind", words.KINDS)
    parent = got.text("parent")
    if parent and (parent not in known.organisations or parent == own):
        got.say("parent", _unknown_organisation(parent))
    if got.faults or kind is None:
        return None, got.faults
    return Organisation(own, name, OrganisationKind(kind), parent), []


def venue_of(cells: Mapping[str, str], known: Known) -> tuple[Venue | None, list[Fault]]:
    """A commune is a code or a name; its old district may be left out: the one of most of its old units is taken."""
    got = _Cells(cells)
    own = got.id("id", ID, 32)
    name = got.text("name", MAX_NAME, needed=True)
    kind = _meant(got, "type", words.TYPES)
    organisation = got.text("organisation", needed=True)
    if organisation and organisation not in known.organisations:
        got.say("organisation", _unknown_organisation(organisation))
    commune = _commune(got, known)
    district = _district(got, commune)
    phone = got.text("phone")
    if phone and not _PHONE.fullmatch(phone):
        got.say("phone", Both("không phải số điện thoại", "is no telephone number"))
    expected = _hours(got)
    state = words.meant(cells.get("state", "") or "open", words.STATES)
    if state is None:
        got.say("state", _one_of(words.STATES.values()))
    venue = Venue(
        id=own,
        name=name,
        type=kind or VenueType.OTHER,
        organisation=organisation,
        commune=commune.code if commune else "",
        district=district,
        address=got.text("address"),
        responsible=got.text("responsible", MAX_NAME),
        phone=phone,
        hours=expected,
        stay_min=_stay(got),
        state=state or VenueState.OPEN,
    )
    return (None, got.faults) if got.faults else (venue, [])


def kiosk_of(cells: Mapping[str, str], known: Known) -> tuple[RegisteredKiosk | None, list[Fault]]:
    got = _Cells(cells)
    own = got.id("id", KIOSK_ID, 40)
    venue = got.text("venue", needed=True)
    if venue and venue not in known.venues:
        got.say(
            "venue",
            Both(
                f"không có cơ sở nào mã “{venue}”: đăng ký cơ sở trước",
                f"no venue has the id “{venue}”: register it first",
            ),
        )
    door = got.text("door", MAX_NAME)
    return (None, got.faults) if got.faults else (RegisteredKiosk(own, venue, door), [])


def _meant(got: _Cells, name: str, table: Mapping[words.Kind, Both]) -> words.Kind | None:
    text = got.text(name, needed=True)
    kind = words.meant(text, table) if text else None
    if text and kind is None:
        got.say(name, _one_of(table.values()))
    return kind


def _commune(got: _Cells, known: Known) -> Commune | None:
    text = got.text("commune", needed=True)
    if not text:
        return None
    found = commune_named(text)
    if not isinstance(found, Commune):
        got.say("commune", _with_hint(found, text) if known.gives_hints else found)
        return None
    return found


@lru_cache(maxsize=4096)
def commune_named(text: str) -> Commune | Both:
    """The one commune of this code or name, or what to write instead."""
    places = all_places()
    if text.isdecimal():
        return places.by_code(text.zfill(5)) or Both(
            f"không có xã, phường nào mã {text}", f"no commune has the code {text}"
        )
    if found := places.named(text) or places.proposed(text):
        return found
    if several := places.all_named(text):
        names = "; ".join(f"{one.full_name} ({one.code})" for one in several[:4])
        return Both(
            f"nhiều nơi tên “{text}”: ghi thêm tỉnh hoặc mã: {names}",
            f"several places are called “{text}”: add the province or the code: {names}",
        )
    return Both(
        f"không có xã, phường “{text}”: ghi tên sau tháng 7/2025, hoặc mã năm số",
        f"no commune is called “{text}”: write its name since July 2025, or the code of five digits",
    )


def _with_hint(said: Both, text: str) -> Both:
    places = all_places()
    if text.isdecimal() or places.all_named(text):
        return said
    near = "; ".join(found.commune.full_name for found in places.search(text, most=3))
    return Both(f"{said.vi}; có phải {near}?", f"{said.en}; did you mean {near}?") if near else said


def _district(got: _Cells, commune: Commune | None) -> str:
    text = got.text("district")
    if commune is None:
        return text
    known = all_places().districts(commune.code)
    if not text:
        return known[0] if known else ""
    for district in known:
        if fold(text).split()[-len(fold(district).split()) :] == fold(district).split():
            return district
    if known:
        names = ", ".join(known)
        got.say(
            "district",
            Both(
                f"{commune.name} không thuộc huyện này trước đây: {names}, hoặc để trống",
                f"{commune.name} was not of this district: {names}, or leave it empty",
            ),
        )
    return text


def _hours(got: _Cells) -> hours.Hours:
    text = got.text("hours")
    try:
        return hours.parse(text)
    except hours.HoursError:
        example = "T2-T6 07:00-11:00, 13:00-17:00; T7 07:00-11:00"
        got.say(
            "hours",
            Both(f"“{text}”: ghi như {example}", f"“{text}”: write it like {example}"),
        )
        return hours.NOT_KNOWN


def _stay(got: _Cells) -> int | None:
    text = got.text("stay_min")
    minutes = stay_minutes(text)
    if text and minutes is None:
        got.say(
            "stay_min",
            Both(
                f"là số phút từ 1 đến {MAX_STAY_MIN}, hoặc để trống",
                f"is a number of minutes from 1 to {MAX_STAY_MIN}, or empty",
            ),
        )
    return minutes


def stay_minutes(text: str) -> int | None:
    """None for what is no stay."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 5
    return int(text) if is_number and 1 <= int(text) <= MAX_STAY_MIN else None


def _unknown_organisation(text: str) -> Both:
    return Both(
        f"không có cơ quan nào mã “{text}”: đăng ký cơ quan trước",
        f"no organisation has the id “{text}”: register it first",
    )


def _one_of(names: Collection[Both]) -> Both:
    vi, en = ("; ".join(each) for each in zip(*names, strict=True))
    return Both(f"là một trong: {vi}", f"is one of: {en}")
