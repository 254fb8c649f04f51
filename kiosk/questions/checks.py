"""Is what was typed well formed? The same rules here whatever the page did (shared facts, screen section 17).

A fault sends the visitor back, a doubt only asks "please check": records have errors, and the person knows better.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.identity import Scheme
from kiosk.questions.shape import Kind

MAX_TEXT = 120
OLDEST_YEARS = 110

_KHMER_DIGITS = {ord("០") + digit: str(digit) for digit in range(10)}
_PHONE_FILLER = re.compile(r"[\s.\-()]")
_MOBILE = re.compile(r"0[35789]\d{8}")
_KNOWN_MOBILE = re.compile(r"0(3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}")
_LANDLINE = re.compile(r"02\d{9}")
_FOREIGN_PHONE = re.compile(r"\+\d{7,15}")
_HOME_PREFIX = re.compile(r"^(?:\+84|0084|84(?=\d{9,10}$))")
_PASSPORT = re.compile(r"[A-Z0-9]{5,12}")
_NAME_SIGNS = frozenset(" '’-.")


class Fault(StrEnum):
    """What is wrong. The words for each are the page's."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NAME_SHORT = "name_short"
    NAME_SIGNS = "name_signs"
    YEAR = "year"
    PHONE = "phone"
    ID_NUMBER = "id_number"


class Doubt(StrEnum):
    """What may be right, and is unusual enough to ask again."""

    VERY_OLD = "very_old"
    PHONE_PREFIX = "phone_prefix"
    NOT_LIKE_CARD = "not_like_card"  # year or sex are not those that the card number speaks of


@dataclass(frozen=True, slots=True)
class Checked:
    """The value to keep, in one spelling."""

    value: str
    doubt: Doubt | None = None


def check(kind: Kind, typed: str, this_year: int) -> Checked | Fault:
    """`typed` as an answer to a question of this kind. Total: every text has an answer."""
    text = " ".join(unicodedata.normalize("NFC", typed).translate(_KHMER_DIGITS).split())
    if not text:
        return Fault.EMPTY
    if len(text) > MAX_TEXT:
        return Fault.TOO_LONG
    match kind:
        case Kind.NAME:
            return _name(text)
        case Kind.YEAR:
            return _year(text, this_year)
        case Kind.PHONE:
            return _phone(text)
        case Kind.ID_NUMBER:
            number = _number(text)
            return Checked(number) if scheme_of(number) is not None else Fault.ID_NUMBER
    return Checked(text)


def scheme_of(number: str) -> Scheme | None:
    """Who issued this number: 12 digits a citizen card, 9 its forerunner, letters with digits a passport."""
    if number.isascii() and number.isdigit():
        return {12: Scheme.CCCD, 9: Scheme.CMND}.get(len(number))
    looks_right = _PASSPORT.fullmatch(number) and any(sign.isdigit() for sign in number)
    return Scheme.PASSPORT if looks_right else None


def number_doubt(number: str, birth_year: str, sex: str) -> Doubt | None:
    """Whether year and sex are those inside a 12-digit number: digit 4 tells century and sex, 5 and 6 the year
    (Circular 59/2021/TT-BCA, Art. 4). Empty year or sex, and other numbers, raise no doubt."""
    if scheme_of(number) is not Scheme.CCCD:
        return None
    century, is_woman = divmod(int(number[3]), 2)
    year = 1900 + 100 * century + int(number[4:6])
    sex_differs = sex in ("male", "female") and (sex == "female") != bool(is_woman)
    year_differs = bool(birth_year) and int(birth_year) != year
    return Doubt.NOT_LIKE_CARD if sex_differs or year_differs else None


def _name(text: str) -> Checked | Fault:
    letters = [sign for sign in text if sign not in _NAME_SIGNS]
    if not all(_is_name_letter(sign) for sign in letters):
        return Fault.NAME_SIGNS
    if len(letters) < 2:
        return Fault.NAME_SHORT
    return Checked(text) if len(text) <= 80 else Fault.TOO_LONG


def _is_name_letter(sign: str) -> bool:
    """Latin with any marks, or Khmer: the scripts that people here write their names in."""
    known = unicodedata.name(sign, "").startswith(("LATIN ", "KHMER ", "COMBINING "))
    return known and unicodedata.category(sign)[0] in "LM"


def _year(text: str, this_year: int) -> Checked | Fault:
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        return Fault.YEAR
    if not 1900 <= int(text) <= this_year:
        return Fault.YEAR
    return Checked(text, Doubt.VERY_OLD if this_year - int(text) > OLDEST_YEARS else None)


def _phone(text: str) -> Checked | Fault:
    number = _HOME_PREFIX.sub("0", _PHONE_FILLER.sub("", text), count=1)
    if _MOBILE.fullmatch(number):
        return Checked(number, None if _KNOWN_MOBILE.fullmatch(number) else Doubt.PHONE_PREFIX)
    if _LANDLINE.fullmatch(number) or _FOREIGN_PHONE.fullmatch(number):
        return Checked(number)
    return Fault.PHONE


def _number(text: str) -> str:
    return re.sub(r"[\s.\-]", "", text).upper()
