"""Made-up visitors and what they hold up. Every serial part is zeros and a running number: nobody real."""

from dataclasses import dataclass
from enum import StrEnum

_FAMILY = ("Thạch", "Nguyễn", "Trần", "Kim", "Lê", "Sơn", "Phạm", "Lâm", "Huỳnh", "Danh")
_GIVEN = ("Thị Mẫu", "Văn Thử", "Thị Sa Rây", "Minh Giả", "Thị Bịa", "Văn Ví", "Thị Dụ", "Thử")
_HAMLETS = ("Ấp Sóc Ớt, Long Hiệp, Trà Cú", "Ấp Đầu Bờ, Hòa Thuận, Châu Thành", "Khóm 3, Phường 7")


class Behaviour(StrEnum):
    """What a visitor does at the door."""

    DECLARES = "declares"  # shows a card, is missing, fills in the form
    WALKS_ON = "walks_on"  # shows a card, is missing, leaves
    HAS_SYMPTOMS = "has_symptoms"  # fills in the form and is referred
    COMES_BACK = "comes_back"  # declares, then shows the same code again at once
    SHOWS_BANK_CODE = "shows_bank_code"


# of ten visitors; the order is the order in which they come
MIX = (
    Behaviour.DECLARES,
    Behaviour.DECLARES,
    Behaviour.WALKS_ON,
    Behaviour.DECLARES,
    Behaviour.SHOWS_BANK_CODE,
    Behaviour.DECLARES,
    Behaviour.COMES_BACK,
    Behaviour.HAS_SYMPTOMS,
    Behaviour.DECLARES,
    Behaviour.COMES_BACK,
)


@dataclass(frozen=True)
class Visitor:
    label: str
    code: bytes
    behaviour: Behaviour


def visitor(number: int) -> Visitor:
    """The visitor with this running number, always the same one."""
    behaviour = MIX[number % len(MIX)]
    if behaviour is Behaviour.SHOWS_BANK_CODE:
        return Visitor("bank code", bank_code(number), behaviour)
    code = citizen_card(number) if number % 2 else national_qr(number)
    return Visitor(f"visitor {number}", code, behaviour)


def citizen_card(number: int) -> bytes:
    """The text on a chip citizen card (docs/codes.md), of somebody who does not exist."""
    woman, year = bool(number % 2), 1950 + number % 50
    sex_digit, sex = ("1", "Nữ") if woman else ("0", "Nam")
    card = f"084{sex_digit}{year % 100:02d}{number:06d}"
    address = f"{_HAMLETS[number % len(_HAMLETS)]}, Trà Vinh"
    return f"{card}||{name_on_card(number)}|0509{year}|{sex}|{address}|15042021".encode()


def name_on_card(number: int) -> str:
    return f"{_FAMILY[number % len(_FAMILY)]} {_GIVEN[number % len(_GIVEN)]}"


def national_qr(number: int) -> bytes:
    """The text of a national personal QR, v1.1, of somebody who does not exist."""
    year = 1950 + number % 50
    return (
        f"0840{year % 100:02d}{number:06d}|THACH VAN MAU|{year}-09-05|0|{10**17 + number}|<1<<0900000000"
    ).encode()


def bank_code(number: int) -> bytes:
    """The beginning of an EMV payment code with made-up content."""
    return f"00020101021138000000MADE-UP-{number:06d}5303704".encode()
