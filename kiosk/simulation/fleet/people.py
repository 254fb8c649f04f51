"""Made-up people of the province: a card with zeros for a serial number, a name that nobody has."""

from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme
from kiosk.rehearsal.people import name_on_card


def card_number(person: int) -> str:
    """Twelve digits of a citizen card: place of birth, century and sex, year, zeros. Different for 38,400 people."""
    return f"{1 + person % 96:03}{person // 96 % 4}{person // 384 % 100:02}000000"


def identity_of(person: int) -> Identity:
    card = card_number(person)
    century = 20 if card[3] in "23" else 19
    return Identity(
        CodeKind.CCCD,
        (Identifier(Scheme.CCCD, card),),
        name=name_on_card(person),
        birth=f"{century}{card[4:6]}-01-01",
    )
