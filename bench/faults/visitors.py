"""Made-up visitors with marks in everything that says who they are: number, name, address, phone."""

from kiosk.rehearsal.people import MIX, Behaviour, Visitor

# the beginnings that all of the marks share, as they are written and as they are folded
STEMS = (b"QUYKANARI", b"quykanari", b"QUYADDRESS", b"084050771", b"0977155")
# what they type where the form asks them
ANSWERS = {"name": {"typed": "QUYKANARI Thị Mẫu"}, "phone": {"typed": "0977155000"}}
_DIFFERENT = 1_000


def marked(number: int) -> Visitor:
    """Somebody who does not exist; every other one has a citizen card, the others the national code."""
    behaviour = MIX[number % len(MIX)]
    if behaviour is Behaviour.SHOWS_BANK_CODE:
        behaviour = Behaviour.WALKS_ON
    return Visitor(f"visitor {number}", code(number), behaviour)


def code(number: int) -> bytes:
    number %= _DIFFERENT
    return (_card(number) if number % 2 else _national(number)).encode()


def _card(number: int) -> str:
    name, address = f"QUYKANARI VĂN {number}", "QUYADDRESS, Trà Cú, Trà Vinh"
    return f"084050771{number:03d}||{name}|05091950|Nam|{address}|15042021"


def _national(number: int) -> str:
    name, phone = "QUYKANARI VAN", f"0977155{number:03d}"
    return f"084050771{number:03d}|{name}|1950-09-05|0|{10**17 + number}|<1<<{phone}"
