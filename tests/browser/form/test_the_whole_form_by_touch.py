"""From the amber screen to the verdict with one finger. Everybody here is made up."""

import unicodedata

import pytest

from kiosk.domain.declaration import Risk
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex

pytestmark = pytest.mark.browser

CARD = Identity(
    kind=CodeKind.CCCD,
    identifiers=(Identifier(Scheme.CCCD, "084190000000"),),
    name="Thạch Thị Sa Rây",
    birth="1990-09-05",
    sex=Sex.FEMALE,
)


def test_a_first_time_visitor_types_a_name_in_telex_and_is_accepted(finger_on, door):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.arrives("name")
    finger.types("thachj thij hueej")
    assert finger.field() == "Thạch Thị Huệ"
    finger.goes_on()
    finger.arrives("birth")
    finger.digits("1990")
    finger.goes_on()
    finger.answers_until_from_sex()

    finger.tap(".send button")
    finger.page.wait_for_selector("body[data-screen=accepted]")

    [(identity, risk, version)] = door.entrance.declared
    assert identity.name == unicodedata.normalize("NFC", "Thạch Thị Huệ")
    assert identity.identifiers == (Identifier(Scheme.CCCD, "084190000000"),)
    assert (risk, version) == (Risk.NONE, 1)
    assert finger.page.complaints == []


def test_a_symptom_leads_to_staff_without_a_word_of_why(finger_on, door):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.answers_until("symptoms")

    finger.tap("label:has(input[value=fever])")
    finger.tap(".next")
    finger.arrives("contact")
    finger.tap("button[value=no]")
    finger.arrives("travel")
    finger.tap("button[value=no]")
    finger.arrives("check")
    finger.tap(".send button")

    finger.page.wait_for_selector("body[data-screen=refer]")
    assert door.entrance.declared[0][1] is Risk.DECLARED


def test_a_citizen_card_fills_the_form_in_eight_taps(finger_on, door):
    finger = finger_on()
    door.entrance.shown[1] = CARD
    finger.starts()
    finger.agrees()
    finger.arrives("phone")
    finger.page.locator("[data-field]").fill("0900000000")  # the digits of the phone do not count
    finger.goes_on()
    finger.confirms_commune()
    finger.arrives("symptoms")
    finger.tap(".none")
    finger.arrives("contact")
    finger.tap("button[value=no]")
    finger.arrives("travel")
    finger.tap("button[value=no]")
    finger.arrives("check")
    finger.tap(".send button")

    finger.page.wait_for_selector("body[data-screen=accepted]")
    assert finger.taps <= 8
    assert door.entrance.declared[0][0].kind is CodeKind.CCCD
