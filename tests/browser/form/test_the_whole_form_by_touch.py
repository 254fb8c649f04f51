"""From the amber screen to the verdict with one finger. Everybody here is made up."""

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
    address="Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh",
)


def test_a_first_time_visitor_types_a_name_in_telex_and_is_accepted(finger_on, door):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.arrives("name")
    finger.types("thachj thij hueej")
    assert finger.field() == "Thạch Thị Huệ"
    finger.goes_on()

    finger.answers("birth", "check")
    finger.sends()
    finger.page.wait_for_selector("body[data-screen=accepted]")

    [(identity, risk, version)] = door.entrance.declared
    # one code point for each letter with its marks, whatever the keys were
    assert identity.name == "Th\u1ea1ch Th\u1ecb Hu\u1ec7"
    assert identity.identifiers == (Identifier(Scheme.CCCD, "084190000000"),)
    assert identity.address == "Phường Trà Vinh, Vĩnh Long"
    assert (risk, version) == (Risk.NONE, 1)
    assert finger.page.complaints == []


def test_no_request_of_the_whole_form_leaves_the_kiosk(finger_on, door):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.answers("name", "check")
    finger.sends()
    finger.page.wait_for_selector("body[data-screen=accepted]")

    assert finger.page.asked_for
    assert [url for url in finger.page.asked_for if not url.startswith(door.url)] == []
    assert [url for url in finger.page.asked_for if "?" in url.replace("?v=", "")] == []


def test_a_symptom_leads_to_staff_without_a_word_of_why(finger_on, door):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.answers("name", "symptoms")

    finger.tap("label:has(input[value=fever])")
    finger.tap(".next")
    finger.answers("contact", "check")
    finger.sends()

    finger.page.wait_for_selector("body[data-screen=refer]")
    assert door.entrance.declared[0][1] is Risk.DECLARED
    assert "Sốt" not in finger.page.locator("body").inner_text()


def test_a_citizen_card_fills_the_form_in_eight_taps(finger_on, door):
    finger = finger_on()
    door.entrance.shown[1] = CARD
    finger.starts()
    finger.agrees()
    finger.arrives("phone")
    finger.page.locator("[data-field]").fill("0900000000")  # a phone's digits do not count
    finger.goes_on()
    finger.arrives("commune")
    finger.tap("button.proposed")
    finger.answers("symptoms", "check")
    finger.sends()

    finger.page.wait_for_selector("body[data-screen=accepted]")
    assert finger.taps <= 8
    assert door.entrance.declared[0][0].kind is CodeKind.CCCD


def test_nothing_chosen_leaves_only_the_express_none(finger_on):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.answers("name", "symptoms")

    assert not finger.page.locator(".next").is_visible()
    finger.tap("label:has(input[value=cough])")
    assert finger.page.locator(".next").is_visible()


def test_a_wrong_number_comes_back_with_words_and_the_entry_kept(finger_on):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.answers("name", "phone")

    finger.dials("0900")
    finger.goes_on()
    finger.page.wait_for_selector(".trouble")

    assert finger.field() == "0900"
    finger.dials("000567")
    finger.goes_on()
    finger.arrives("number")


def test_a_passport_number_has_letters(finger_on, door):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.answers("name", "number")

    finger.tap(".key.letters")
    finger.types("b0000000")
    assert finger.field() == "B0000000"
    finger.goes_on()
    finger.answers("commune", "check")
    finger.sends()

    finger.page.wait_for_selector("body[data-screen=accepted]")
    assert door.entrance.declared[0][0].identifiers == (Identifier(Scheme.PASSPORT, "B0000000"),)


@pytest.mark.parametrize(
    "name", ["Sarang", *(pytest.param(name, marks=pytest.mark.long) for name in ("Sary", "Bora"))]
)
def test_a_khmer_name_that_telex_would_bend_is_typed_by_the_abc_key(finger_on, name):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.arrives("name")

    finger.types("<mode>" + name.lower())

    assert finger.field() == name


@pytest.mark.parametrize(
    "name", [pytest.param("Robert Smith", marks=pytest.mark.long), "Sokha Phalla"]
)
def test_a_foreign_name_survives_the_keyboard(finger_on, door, name):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.arrives("name")

    finger.types(name.lower())
    finger.goes_on()
    finger.answers("birth", "check")
    finger.sends()
    finger.page.wait_for_selector("body[data-screen=accepted]")

    assert door.entrance.declared[0][0].name == name


def test_somebody_who_does_not_agree_meets_staff_and_not_a_dead_end(finger_on, door):
    finger = finger_on()
    finger.starts("en")

    finger.tap("button[value=refuse]")

    finger.page.wait_for_selector("text=Please see a staff member")
    assert "staff" in door.entrance.calls
    finger.tap("a")
    finger.page.wait_for_selector("body[data-screen]")


def test_the_page_that_leads_to_staff_makes_room_by_itself(finger_on):
    finger = finger_on()
    finger.page.clock.install()
    finger.starts()
    finger.tap("button[value=refuse]")
    finger.page.wait_for_selector("text=Mời gặp nhân viên")

    finger.waits(10_100)

    finger.page.wait_for_selector("body[data-screen]")


def test_staff_can_be_called_from_a_page_of_the_form(finger_on, door):
    finger = finger_on()
    finger.starts()

    with finger.page.expect_response("**/call-staff"):
        finger.tap("[data-call-staff]")

    assert finger.page.locator("[data-notice]").is_visible()
    assert door.entrance.calls == ["staff"]


def test_leaving_asks_first_and_then_forgets(finger_on, door):
    finger = finger_on()
    finger.starts()
    finger.agrees()
    finger.arrives("name")

    finger.tap("[data-ask-leave]")
    finger.tap("[data-leaving] [data-stay]")
    assert len(door.drafts) == 1
    finger.tap("[data-ask-leave]")
    finger.tap("[data-leaving] [data-leave]")

    finger.page.wait_for_selector("body[data-screen=idle]")
    assert len(door.drafts) == 0
