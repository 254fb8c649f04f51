"""The form as a browser without a screen sees it. Everybody here is made up."""

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials.health_pass import issue
from kiosk.domain.declaration import Risk
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex
from kiosk.web.feed import Feed
from kiosk.web.form import Drafts, create_form
from kiosk.web.form.consent import agreed_to
from kiosk.web.ports import Declared
from kiosk.web.screen import create_screen_app
from kiosk.web.settings import PageSettings

CARD = Identity(
    kind=CodeKind.CCCD,
    identifiers=(Identifier(Scheme.CCCD, "084190000000"),),
    name="Thạch Thị Sa Rây",
    birth="1990-09-05",
    sex=Sex.FEMALE,
)
PASS_UNTIL = datetime(2026, 11, 25, 1, 15, tzinfo=UTC)
PASS = issue(
    Ed25519PrivateKey.generate(),
    pass_id=bytes(16),
    name="Thạch Thị Mẫu",
    not_before=PASS_UNTIL - timedelta(hours=24),
    not_after=PASS_UNTIL,
    policy_version=1,
)
# page -> what is sent from it, for somebody with nothing to report
HEALTHY = {
    "consent": {"action": "agree"},
    "name": {"typed": "Thạch Thị Mẫu"},
    "birth": {"typed": "1990"},
    "sex": {"chosen": "female"},
    "phone": {"typed": "0900000567"},
    "number": {"typed": "084190000000"},
    "commune": {"typed": "Phường Trà Vinh"},
    "symptoms": {"action": "none"},
    "contact": {"chosen": "no"},
    "travel": {"chosen": "no"},
    "check": {"action": "send"},
}


@dataclass
class SmallEntrance:
    """A door that stores everything it is told, or nothing at all."""

    shown: dict = field(default_factory=dict)  # seq -> Identity
    stores: bool = True
    pass_code: str = ""
    is_full: bool = False
    declared: list = field(default_factory=list)
    consents: list = field(default_factory=list)
    calls: list = field(default_factory=list)

    def pending(self, seq):
        return self.shown.get(seq)

    def declare(self, identity, risk, questions_version, consent=None, answers=None):
        if not self.stores:
            return Declared(outcome="", stored=False)
        self.declared.append((identity, risk, questions_version))
        self.consents.append(consent)
        if risk is Risk.DECLARED:
            return Declared("refer", stored=True)
        return Declared("accepted", True, self.pass_code, PASS_UNTIL, must_wait=self.is_full)

    def call_staff(self):
        self.calls.append("staff")

    def dismiss(self):
        self.calls.append("dismiss")

    def status(self):
        return {}


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


class Visitor:
    """Fills in the form: keeps the address that the last answer led to."""

    def __init__(self, app):
        self.client = app.test_client()
        self._token = app.jinja_env.globals["csrf_token"]
        self.address = "/"
        self.seen = []

    def starts(self, seq=""):
        self._go(self.client.post("/form", data={"csrf": self._token, "seq": seq}))

    def sends(self, address=None, **fields):
        answer = self.client.post(address or self.address, data={"csrf": self._token, **fields})
        self._go(answer)
        return answer

    def fills_in(self, until=None, **changed):
        """From here to the end, or to the page `until`."""
        answers = {**HEALTHY, **changed}
        while self.address != "/" and self.page not in (until, "pass", "done"):
            self.seen.append(self.page)
            answer = self.sends(**answers[self.page])
            assert answer.status_code == 303, answer.get_data(as_text=True)

    @property
    def page(self):
        return self.address.rpartition("/")[2]

    @property
    def draft(self):
        return self.address.rpartition("/")[0]

    def reads(self, page=None):
        answer = self.client.get(self.address if page is None else f"{self.draft}/{page}")
        return answer.get_data(as_text=True)

    def _go(self, answer):
        self.address = answer.headers.get("Location", self.address)


@pytest.fixture
def entrance():
    return SmallEntrance()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def drafts(clock):
    return Drafts(clock, idle_s=60.0, warning_s=20.0)


@pytest.fixture
def printed():
    return []


class AutomaticPrinter:
    automatic = is_offered = True
    state = "printing"

    def __init__(self, printed):
        self._printed = printed

    def print_pass(self, code, until):
        self._printed.append(code)
        return self


@pytest.fixture
def app(entrance, drafts, printed):
    settings = PageSettings(venue_name="Chợ Mẫu", retention_days=21)
    form = create_form(
        entrance,
        drafts,
        settings,
        today=lambda: date(2026, 11, 24),
        slips=AutomaticPrinter(printed),
    )
    return create_screen_app(Feed(), entrance, settings, form)


@pytest.fixture
def visitor(app):
    return Visitor(app)


def test_somebody_without_a_code_is_asked_everything_and_declares(visitor, entrance, drafts):
    visitor.starts()

    visitor.fills_in()

    assert visitor.seen == list(HEALTHY)
    [(identity, risk, version)] = entrance.declared
    assert identity.identifiers == (Identifier(Scheme.CCCD, "084190000000"),)
    assert (identity.name, identity.phone) == ("Thạch Thị Mẫu", "0900000567")
    assert (risk, version) == (Risk.NONE, 1)
    assert visitor.address == "/"
    assert len(drafts) == 0


def test_whoever_has_shown_a_card_is_not_asked_what_it_says(visitor, entrance):
    entrance.shown[7] = CARD
    visitor.starts(seq="7")

    visitor.fills_in()

    assert visitor.seen == [
        *("consent", "phone", "commune", "symptoms", "contact", "travel", "check")
    ]
    [(identity, _, _)] = entrance.declared
    assert (identity.kind, identity.birth) == (CodeKind.CCCD, "1990-09-05")
    assert identity.phone == "0900000567"


def test_the_result_leaves_the_screen_when_the_form_opens(visitor, entrance):
    visitor.starts(seq="7")

    assert entrance.calls == ["dismiss"]


@pytest.mark.parametrize("seq", ["", "x", "-1", "٣", "99999999999999999999"])
def test_a_result_that_is_over_starts_an_empty_form(visitor, entrance, seq):
    entrance.shown[7] = CARD

    visitor.starts(seq=seq)

    assert visitor.page == "consent"
    visitor.fills_in(until="name")
    assert visitor.page == "name"


def test_a_symptom_is_a_declared_risk(visitor, entrance):
    visitor.starts()

    visitor.fills_in(symptoms={"chosen": ["fever", "cough"], "action": ""})

    assert entrance.declared[0][1] is Risk.DECLARED


def test_nothing_is_chosen_beforehand(visitor):
    visitor.starts()
    for page in ("sex", "symptoms", "contact", "travel"):
        visitor.fills_in(until=page)

        text = visitor.reads()

        assert "checked" not in text
        assert "aria-current" not in text


def test_symptoms_need_a_choice_and_none_of_these_is_one(visitor):
    visitor.starts()
    visitor.fills_in(until="symptoms")

    answer = visitor.sends(action="")

    assert answer.status_code == 200
    assert "Vui lòng chọn" in answer.get_data(as_text=True)
    assert visitor.page == "symptoms"


def test_a_wrong_entry_comes_back_with_words_above_it_and_is_kept(visitor):
    visitor.starts()
    visitor.fills_in(until="phone")

    text = visitor.sends(typed="0900 123").get_data(as_text=True)

    assert "Số điện thoại có 10 số" in text
    assert 'value="0900 123"' in text
    assert text.index("Số điện thoại có 10 số") < text.index('value="0900 123"')


def test_a_doubtful_entry_is_asked_about_once(visitor):
    visitor.starts()
    visitor.fills_in(until="birth")

    text = visitor.sends(typed="1901").get_data(as_text=True)
    assert "Năm này đúng chưa?" in text
    assert 'name="sure" value="1901"' in text
    visitor.sends(typed="1901", sure="1901")

    assert visitor.page == "sex"


def test_another_value_than_the_doubted_one_is_looked_at_afresh(visitor):
    visitor.starts()
    visitor.fills_in(until="birth")
    visitor.sends(typed="1901")

    text = visitor.sends(typed="1902", sure="1901").get_data(as_text=True)

    assert 'name="sure" value="1902"' in text


def test_a_number_that_tells_another_year_is_asked_about_once(visitor):
    visitor.starts()
    visitor.fills_in(until="number")

    text = visitor.sends(typed="084170000000").get_data(as_text=True)
    assert "không khớp năm sinh" in text
    visitor.sends(typed="084170000000", sure="084170000000")

    assert visitor.page == "commune"


def test_no_phone_and_no_card_are_answers(visitor, entrance):
    visitor.starts()

    visitor.fills_in(phone={"action": "skip"}, number={"action": "skip"})

    (person, *rest) = entrance.declared[0]
    assert (person.identifiers, rest) == ((), [Risk.NONE, 1])


def test_the_check_page_masks_numbers_until_it_is_asked_to_show_them(visitor):
    visitor.starts()
    visitor.fills_in(until="check")

    masked = visitor.reads()
    visitor.sends(action="unmask")
    shown = visitor.reads()

    assert "0900000567" not in masked
    assert "084190000000" not in masked
    assert "•••••••567" in masked
    assert "0900000567" in shown


def test_a_row_of_the_check_page_leads_to_its_question_and_back(visitor, entrance):
    visitor.starts()
    visitor.fills_in(until="check")
    visitor.address = f"{visitor.draft}/travel"

    visitor.sends(chosen="yes")

    assert visitor.page == "check"
    visitor.sends(action="send")
    assert len(entrance.declared) == 1


def test_who_does_not_agree_is_led_to_staff_and_leaves_nothing(visitor, entrance, drafts):
    visitor.starts()

    visitor.sends(action="refuse")

    assert "staff" in entrance.calls
    assert len(drafts) == 0
    assert "Mời gặp nhân viên" in visitor.reads()


def test_no_question_is_answered_before_consent(visitor):
    visitor.starts()
    draft = visitor.draft

    visitor.sends(f"{draft}/name", typed="Thạch Thị Mẫu")
    assert visitor.page == "consent"
    visitor.sends(f"{draft}/check", action="send")
    assert visitor.page == "consent"


def test_sending_too_early_leads_to_what_is_still_open(visitor, entrance):
    visitor.starts()
    visitor.fills_in(until="symptoms")

    visitor.sends(f"{visitor.draft}/check", action="send")

    assert visitor.page == "symptoms"
    assert entrance.declared == []


@pytest.mark.parametrize(("language", "words"), [("km", "គោត្តនាម និងនាម"), ("en", "Full name")])
def test_the_language_that_was_chosen_stays(visitor, language, words):
    visitor.starts()
    visitor.sends(action=language)

    visitor.fills_in(until="name")
    text = visitor.reads()

    assert f'<html lang="{language}">' in text
    assert words in text


def test_the_consent_names_the_purpose_and_the_days(visitor):
    visitor.starts()

    text = visitor.reads()

    assert "Thông tin chỉ dùng để phòng chống dịch, xóa sau 21 ngày." in text


def test_what_was_agreed_to_and_in_which_language_goes_with_the_declaration(visitor, entrance):
    for language in ("vi", "km", "vi"):
        visitor.starts()
        visitor.sends(action=language)
        visitor.fills_in()

    first, khmer, again = entrance.consents
    assert (first.language, khmer.language) == ("vi", "km")
    assert len(first.text_version) == 16
    assert khmer.text_version != first.text_version
    assert again == first


def test_other_words_of_consent_have_another_name():
    def version(words, **settings):
        return agreed_to(lambda *_: words, "en", PageSettings(**settings)).text_version

    one = version("Deleted after {n} days.", retention_days=21)

    assert version("Deleted after {n} days.", retention_days=30) != one
    assert version("Gone after {n} days.", retention_days=21) != one
    assert version("Deleted after {n} days.", retention_days=21, venue_name="Chợ Mẫu") != one
    assert version("Deleted after {n} days.", retention_days=21) == one


def test_more_time_doubles_what_the_page_is_told(visitor):
    visitor.starts()
    assert 'data-idle-s="60.0"' in visitor.reads()

    visitor.sends(action="slow")

    assert 'data-idle-s="120.0"' in visitor.reads()


def test_a_form_left_alone_is_wiped_and_leads_back_to_the_screen(visitor, clock, drafts):
    visitor.starts()
    visitor.fills_in(until="symptoms")
    visitor.reads()

    clock.now_s += 80.0
    answer = visitor.sends(action="none")

    assert len(drafts) == 0
    assert answer.headers["Location"] == "/"


def test_a_touch_keeps_the_draft_and_tells_when_it_is_gone(visitor, clock):
    visitor.starts()
    touch = f"{visitor.draft}/touch"

    clock.now_s += 79.0
    assert visitor.sends(touch).status_code == 204
    clock.now_s += 79.0
    assert visitor.sends(touch).status_code == 204
    clock.now_s += 80.0
    assert visitor.sends(touch).status_code == 410


def test_a_page_left_open_overnight_leads_back_to_the_screen(visitor, clock):
    visitor.starts()
    clock.now_s += 36_000.0

    answer = visitor.client.get(visitor.address)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_leaving_wipes_at_once(visitor, drafts):
    visitor.starts()

    visitor.sends(f"{visitor.draft}/leave")

    assert len(drafts) == 0
    assert visitor.address == "/"


def test_a_doubled_tap_on_send_declares_once(visitor, entrance):
    visitor.starts()
    visitor.fills_in(until="check")
    check = visitor.address

    visitor.sends(check, action="send")
    visitor.sends(check, action="send")

    assert len(entrance.declared) == 1
    assert visitor.address == "/"


def test_what_could_not_be_stored_is_said_and_can_be_sent_again(visitor, entrance):
    entrance.stores = False
    visitor.starts()
    visitor.fills_in(until="check")

    answer = visitor.sends(action="send")
    assert answer.status_code == 503
    assert "Chưa lưu được" in answer.get_data(as_text=True)

    entrance.stores = True
    visitor.sends(action="send")
    assert len(entrance.declared) == 1


def test_nothing_personal_is_in_an_address_a_log_line_or_a_cache(visitor, caplog):
    caplog.set_level(logging.DEBUG)
    addresses = []
    visitor.starts()
    for _ in HEALTHY:
        addresses.append(visitor.address)
        page = visitor.client.get(visitor.address)
        assert page.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.headers
        visitor.sends(**HEALTHY[visitor.page])
    assert visitor.address == "/"

    everything = " ".join(addresses) + caplog.text
    for secret in ("Mẫu", "M%E1%BA%ABu", "0900000567", "084190000000", "Phường"):
        assert secret not in everything


def test_an_entry_is_shown_as_text_and_never_as_markup(visitor):
    visitor.starts()
    visitor.fills_in(until="commune")

    visitor.fills_in(until="check", commune={"typed": '"><script>alert(1)</script>'})

    assert "<script>alert" not in visitor.reads("check")
    assert "<script>alert" not in visitor.reads("commune")


def test_the_commune_on_the_card_is_proposed_and_confirmed_by_one_tap(visitor, entrance):
    entrance.shown[7] = replace(CARD, address="Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh")
    visitor.starts(seq="7")
    visitor.fills_in(until="commune")

    assert 'value="29506"' in visitor.reads()
    visitor.fills_in(commune={"chosen": "29506"})

    assert entrance.declared[0][0].address == "Xã Long Hiệp, Vĩnh Long"


def test_another_commune_than_the_proposed_one_is_typed(visitor, entrance):
    entrance.shown[7] = replace(CARD, address="Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh")
    visitor.starts(seq="7")
    visitor.fills_in(until="commune")

    visitor.sends(action="other")
    assert "data-keyboard" in visitor.reads()
    text = visitor.sends(typed="tra vinh").get_data(as_text=True)
    assert "Phường Trà Vinh" in text
    visitor.fills_in(commune={"chosen": "29242"})

    assert entrance.declared[0][0].address == "Phường Trà Vinh, Vĩnh Long"


def test_somebody_from_another_country_types_where_they_live(visitor, entrance):
    visitor.starts()

    visitor.fills_in(commune={"typed": "Phnom Penh"})

    assert entrance.declared[0][0].address == "Phnom Penh"


def test_communes_are_found_while_typing_and_only_for_a_living_draft(visitor, clock):
    visitor.starts()
    found = f"{visitor.draft}/found"

    names = [each["name"] for each in visitor.sends(found, typed="long hiep").get_json()]
    clock.now_s += 200.0

    assert names[0] == "Xã Long Hiệp"
    assert visitor.sends(found, typed="long hiep").status_code == 410


def test_the_venues_neighbours_are_one_tap_away(entrance, drafts):
    settings = PageSettings()
    form = create_form(entrance, drafts, settings, near=("29242", "29506", "00000"))
    visitor = Visitor(create_screen_app(Feed(), entrance, settings, form))
    visitor.starts()
    visitor.fills_in(until="commune")

    text = visitor.reads()

    assert text.index("Phường Trà Vinh") < text.index("Xã Long Hiệp") < text.index("Xã/phường khác")
    assert text.count('name="chosen"') == 2


def test_declaring_for_somebody_else_forgets_the_card_that_was_shown(visitor, entrance):
    entrance.shown[7] = replace(CARD, address="Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh")
    visitor.starts(seq="7")

    visitor.sends(action="other")
    visitor.fills_in(number={"typed": "084090000000", "sure": "084090000000"})

    assert visitor.seen == list(HEALTHY)
    [(identity, _, _)] = entrance.declared
    assert identity.identifiers == (Identifier(Scheme.CCCD, "084090000000"),)
    assert (identity.kind, identity.name) == (CodeKind.FORM, "Thạch Thị Mẫu")


def test_whoever_changes_their_mind_gets_the_answers_of_the_card_back(visitor, entrance):
    entrance.shown[7] = CARD
    visitor.starts(seq="7")

    visitor.sends(action="other")
    visitor.sends(action="other")
    visitor.fills_in()

    assert "name" not in visitor.seen
    assert entrance.declared[0][0].kind is CodeKind.CCCD


def test_several_people_are_declared_for_in_a_row(visitor, entrance, drafts):
    visitor.starts()
    visitor.sends(action="en")
    visitor.sends(action="other")
    visitor.fills_in(until="done")
    assert "One more person" in visitor.reads()

    visitor.sends(f"{visitor.draft}/another")
    assert visitor.page == "name"
    assert "Full name" in visitor.reads()
    visitor.fills_in(until="done", name={"typed": "Kim Thị Thử"})

    assert [identity.name for identity, _, _ in entrance.declared] == [
        "Thạch Thị Mẫu",
        "Kim Thị Thử",
    ]
    assert len(drafts) == 1
    assert [consent.language for consent in entrance.consents] == ["en", "en"]


def test_the_next_person_begins_with_nothing_of_the_one_before(visitor):
    visitor.starts()
    visitor.sends(action="other")
    visitor.fills_in(until="done")
    visitor.sends(f"{visitor.draft}/another")

    for page in ("name", "phone", "commune", "check"):
        assert "Mẫu" not in visitor.reads(page)
        assert "0900000567" not in visitor.reads(page)


def test_an_unfinished_draft_has_no_next_person(visitor, drafts):
    visitor.starts()
    visitor.fills_in(until="phone")
    address = visitor.address

    visitor.sends(f"{visitor.draft}/another")

    assert visitor.address == "/"
    visitor.address = address
    assert 'name="typed"' in visitor.reads()


def test_a_risk_declared_for_somebody_else_leads_to_staff_as_well(visitor, entrance):
    visitor.starts()
    visitor.sends(action="other")

    visitor.fills_in(contact={"chosen": "yes"})

    assert entrance.declared[0][1] is Risk.DECLARED
    assert visitor.address == "/"


def test_a_stranger_cannot_start_a_form_from_elsewhere(app):
    answer = app.test_client().post("/form", data={"seq": "1"})

    assert answer.status_code == 403


def test_an_unknown_page_of_a_draft_leads_to_where_the_visitor_is(visitor):
    visitor.starts()
    visitor.fills_in(until="sex")

    answer = visitor.client.get(f"{visitor.draft}/salary")

    assert answer.headers["Location"] == f"{visitor.draft}/sex"


def test_the_form_ends_with_the_pass_to_photograph(visitor, entrance):
    entrance.pass_code = PASS
    visitor.starts()

    visitor.fills_in()

    page = visitor.reads()
    assert visitor.page == "pass"
    assert "<svg" in page
    assert "Thạch T. M***" in page
    assert "25/11 08:15" in page


def test_into_a_full_venue_nobody_is_sent_by_the_form(visitor, entrance):
    entrance.pass_code, entrance.is_full = PASS, True
    visitor.starts()

    visitor.fills_in()

    page = visitor.reads()
    assert "<svg" in page, "the Pass is theirs all the same"
    assert 'class="panel form pass waits"' in page
    assert "Mời vào" not in page.partition("<main>")[0]


def test_where_everybody_gets_a_slip_nobody_has_to_ask(app, visitor, entrance, printed):
    entrance.pass_code = PASS
    visitor.starts()

    visitor.fills_in()

    assert printed == [PASS]
    assert 'data-slip="printing"' in visitor.reads()


def test_the_page_of_the_pass_holds_nothing_that_was_typed(visitor, entrance):
    entrance.pass_code = PASS
    visitor.starts()

    visitor.fills_in()

    page = visitor.reads()
    assert [
        typed for typed in ("Thạch Thị Mẫu", "0900000567", "084190000000") if typed in page
    ] == []
    assert PASS not in visitor.address


def test_nothing_of_a_form_that_ended_with_a_pass_can_be_opened_again(visitor, entrance, drafts):
    entrance.pass_code = PASS
    visitor.starts()
    visitor.fills_in(until="check")
    before = visitor.address
    visitor.fills_in()

    assert visitor.client.get(before).headers["Location"] == "/"
    assert visitor.client.get(f"{visitor.draft}/check").headers["Location"] == visitor.address
    assert len(drafts) == 1


def test_a_pass_left_on_the_screen_is_wiped(visitor, entrance, clock, drafts):
    entrance.pass_code = PASS
    visitor.starts()
    visitor.fills_in()

    clock.now_s += 61
    drafts.sweep()

    assert len(drafts) == 0
    assert visitor.client.get(visitor.address).headers["Location"] == "/"


def test_touching_done_wipes_the_pass_at_once(visitor, entrance, drafts):
    entrance.pass_code = PASS
    visitor.starts()
    visitor.fills_in()

    visitor.sends(f"{visitor.draft}/leave")

    assert len(drafts) == 0
