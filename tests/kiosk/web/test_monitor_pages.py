"""The staff pages: nobody without a PIN, nothing that is not theirs, acts that happen once they are written down."""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import argon2
import pytest

from kiosk.domain.staff_act import Done
from kiosk.questions import shipped
from kiosk.web.feed import Feed
from kiosk.web.monitor import create_monitor_app
from kiosk.web.monitor.ports import StaffPages
from kiosk.web.ports import Declared
from kiosk.web.safety.staff_book import FIRST, StaffBook, StaffRole
from kiosk.web.settings import PageSettings

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BASE = "https://localhost"
NAME = "Thạch Thị Mẫu"


@dataclass
class PlainDesk:
    waits: set = field(default_factory=set)
    clear: dict = field(default_factory=dict)

    def state(self):
        return {"seq": 3, "boot": "b", "screen": "idle"}

    def clear_name(self, visit):
        return self.clear.get(visit, "")

    def is_waiting(self, visit):
        return visit in self.waits


class Site:
    def __init__(self, folder):
        self.now_s = 1_800_000_000.0
        self.book = StaffBook(folder / "staff.json", lambda: self.now_s, QUICK)
        self.book.open()
        self.book.choose(self.book.who(self.book.sign_in(FIRST, self.book.first_pin)), "482915")
        self.guard_pin = self.book.put("bao-ve-1", StaffRole.GUARD)
        self.desk, self.feed, self.acts, self.stores = PlainDesk(), Feed(6), [], True
        self.papers, self.otherwise = [], Done.NOT_SAVED
        parts = StaffPages(
            self.book,
            self.desk,
            self.feed,
            self._act,
            shipped(),
            lambda: datetime(2026, 11, 28, 8, 15, tzinfo=ZONE),
            self._paper,
            lambda: timedelta(days=7),
        )
        self.app = create_monitor_app(
            parts, PageSettings(venue_name="Chợ Mẫu", hosts=("localhost",))
        )

    def _act(self, act):
        if self.stores:
            self.acts.append(act)
        return Done.SAVED if self.stores else self.otherwise

    def _paper(self, paper):
        if self.stores:
            self.papers.append(paper)
        return Declared("accepted", self.stores)

    def phone(self):
        return Phone(self.app.test_client())

    def manager(self):
        phone = self.phone()
        phone.signs_in(FIRST, "482915")
        self.acts.clear()
        return phone

    def guard(self):
        phone = self.phone()
        phone.signs_in("bao-ve-1", self.guard_pin)
        phone.sends("/pin", pin="739154", again="739154")
        self.acts.clear()
        return phone


class Phone:
    def __init__(self, client):
        self.client = client
        self.token = ""

    def opens(self, path, **named):
        answer = self.client.get(path, base_url=BASE, **named)
        if found := re.search(r'name="csrf" content="([^"]+)"', answer.get_data(as_text=True)):
            self.token = found[1]
        return answer

    def sends(self, path, **fields):
        answer = self.client.post(
            path, data={"csrf": self.token, **fields}, base_url=BASE, headers={"Origin": BASE}
        )
        seen = answer
        while seen.status_code == 302:
            seen = self.opens(seen.headers["Location"])
        return answer

    def signs_in(self, person, pin):
        self.opens("/sign-in")
        return self.sends("/sign-in", person=person, pin=pin)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.mark.parametrize("path", ["/", "/pin", "/people", "/log", "/blank-form", "/paper"])
def test_without_a_pin_every_page_leads_to_signing_in(site, path):
    answer = site.phone().opens(path)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")


@pytest.mark.parametrize("path", ["/events", "/state.json"])
def test_without_a_pin_there_are_no_figures(site, path):
    assert site.phone().opens(path).status_code == 401


@pytest.mark.parametrize("path", ["/act", "/name"])
def test_without_a_pin_nothing_can_be_done(site, path):
    phone = site.phone()
    phone.opens("/sign-in")

    assert phone.sends(path, kind="pause").status_code == 401
    assert site.acts == []


def test_signing_in_is_an_act_and_leads_to_the_door(site):
    phone = site.phone()

    answer = phone.signs_in(FIRST, "482915")

    assert answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert all(
        word in cookie for word in ("__Host-staff=", "Secure", "HttpOnly", "SameSite=Strict")
    )
    assert [(one.kind, one.by) for one in site.acts] == [("sign_in", FIRST)]


def test_a_wrong_pin_says_so_and_then_how_long_to_wait(site):
    phone = site.phone()
    for _ in range(5):
        assert phone.signs_in(FIRST, "000001").status_code == 403

    answer = phone.signs_in(FIRST, "482915")

    assert answer.status_code == 429
    assert "5 s" in answer.get_data(as_text=True)


def test_whoever_was_given_a_pin_chooses_their_own_first(site):
    phone = site.phone()
    phone.signs_in("bao-ve-1", site.guard_pin)

    assert phone.opens("/").headers["Location"] == "/pin"
    assert phone.opens("/state.json").status_code == 403
    assert phone.sends("/pin", pin="739154", again="739155").status_code == 400
    assert phone.sends("/pin", pin="739154", again="739154").headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/people", "/log"])
def test_people_and_log_are_a_managers_business(site, path):
    assert site.guard().opens(path).status_code == 403
    assert site.manager().opens(path).status_code == 200


@pytest.mark.parametrize("path", ["/people", "/people/remove"])
def test_a_guard_gives_no_pins(site, path):
    guard = site.guard()
    guard.opens("/")

    assert guard.sends(path, person="bao-ve-2", role="guard").status_code == 403
    assert {one.id for one in site.book.people()} == {FIRST, "bao-ve-1"}


def test_a_manager_adds_somebody_whose_pin_is_shown_once(site):
    manager = site.manager()
    manager.opens("/people")

    page = manager.sends("/people", person="bao-ve-2", role="guard").get_data(as_text=True)

    pin = re.search(r'class="pin">(\d{6})<', page)[1]
    assert site.phone().signs_in("bao-ve-2", pin).status_code == 302
    assert pin not in manager.opens("/people").get_data(as_text=True)


def test_an_act_says_who_did_it(site):
    guard = site.guard()
    guard.opens("/")

    assert guard.sends("/act", kind="paper", number="2", reason="no_phone").json == {
        "done": "paper"
    }

    (act,) = site.acts
    assert (act.by, act.number, act.reason) == ("bao-ve-1", 2, "no_phone")


def test_what_is_not_on_the_disk_has_not_happened(site):
    guard = site.guard()
    guard.opens("/")
    site.stores = False

    assert guard.sends("/act", kind="pause").status_code == 503


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": "paper", "number": "many"}, 400),
        ({"kind": "dance"}, 400),
        ({"kind": "restart"}, 403),
        ({"kind": "people"}, 403),
        ({"kind": "unmask", "visit": "v"}, 403),
        ({"kind": "sign_in"}, 403),
        ({"kind": "shut_down"}, 403),
        ({"kind": "refer", "visit": "gone"}, 409),
    ],
)
def test_what_a_guard_may_not_do_is_refused(site, fields, status):
    guard = site.guard()
    guard.opens("/")

    assert guard.sends("/act", **fields).status_code == status
    assert site.acts == []


def test_of_two_guards_the_second_hears_that_it_was_done(site):
    first, second = site.guard(), site.manager()
    first.opens("/"), second.opens("/")
    site.desk.waits.add("v")
    assert first.sends("/act", kind="refer", visit="v", reason="let_in").status_code == 200
    site.desk.waits.clear()

    assert second.sends("/act", kind="refer", visit="v", reason="turned_away").status_code == 409
    assert [one.reason for one in site.acts] == ["let_in"]


def test_a_clear_name_wants_the_pin_again_and_is_written_down_first(site):
    guard = site.guard()
    guard.opens("/")
    site.desk.clear["v"] = NAME

    assert guard.sends("/name", visit="v", pin="000001").status_code == 403
    assert guard.sends("/name", visit="v", pin="739154").json == {"name": NAME}
    assert [(one.kind, one.visit) for one in site.acts] == [("unmask", "v")]

    site.stores = False
    assert NAME not in guard.sends("/name", visit="v", pin="739154").get_data(as_text=True)
    site.desk.clear.clear()
    assert guard.sends("/name", visit="v", pin="739154").status_code == 410


def test_a_form_of_another_session_counts_for_nothing(site):
    guard, manager = site.guard(), site.manager()
    guard.opens("/"), manager.opens("/")
    guard.token = manager.token

    assert guard.sends("/act", kind="pause").status_code == 403
    assert site.acts == []


def test_a_foreign_page_can_do_nothing(site):
    manager = site.manager()
    manager.opens("/")

    answer = manager.client.post(
        "/act",
        data={"csrf": manager.token, "kind": "pause"},
        base_url=BASE,
        headers={"Origin": "https://elsewhere.example"},
    )

    assert answer.status_code == 403


def test_another_host_name_is_not_answered(site):
    assert site.phone().client.get("/sign-in", base_url="https://elsewhere").status_code == 400


def test_who_signs_out_sees_nothing_more(site):
    guard = site.guard()
    guard.opens("/")
    guard.sends("/sign-out")

    assert guard.opens("/state.json").status_code == 401


def follows(guard):
    answer = guard.client.get("/events", base_url=BASE)
    assert answer.status_code == 200
    return answer, answer.iter_encoded()


def test_a_phone_that_follows_hears_what_is_new_at_once(site):
    site.feed.publish({"seq": 1, "boot": "b"})
    answer, lines = follows(site.guard())
    assert next(lines).startswith(b": here")
    assert b'"seq": 1' in next(lines)

    began_s = time.monotonic()
    site.feed.publish({"seq": 2, "boot": "b"})

    assert b'"seq": 2' in next(lines)
    assert time.monotonic() - began_s < 1.0  # the next heartbeat would be after five seconds
    answer.close()


def test_a_seventh_reader_is_asked_to_poll_until_one_has_gone(site):
    site.feed.publish({"seq": 1, "boot": "b"})
    guard = site.guard()
    followers = [follows(guard)[0] for _ in range(6)]

    assert guard.opens("/events").status_code == 503
    assert guard.opens("/state.json").json["seq"] == 3
    followers.pop().close()
    followers.append(follows(guard)[0])
    for one in followers:
        one.close()
    assert site.feed.has_room()


def test_nothing_is_kept_by_a_browser_or_an_address(site):
    guard = site.guard()

    for path in ("/", "/blank-form", "/pin"):
        answer = guard.opens(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("lang", "word"),
    [("vi", "Cho vào bằng giấy"), ("km", "ឲ្យចូលដោយក្រដាស"), ("en", "Let in with paper")],
)
def test_the_page_speaks_three_languages(site, lang, word):
    guard = site.guard()

    assert word in guard.opens(f"/?lang={lang}").get_data(as_text=True)
    assert word in guard.opens("/").get_data(as_text=True)  # remembered


def test_a_blank_form_holds_every_question(site):
    page = site.guard().opens("/blank-form").get_data(as_text=True)

    assert all(question.text.of("vi") in page for question in shipped().questions)


# ---- a paper is typed in

PAPER = {
    **{"day": "28/11/2026", "time": "07:30", "signed": "yes"},
    **{"q.name.typed": "Thạch Thị Mẫu", "q.birth.typed": "1990", "q.sex": "female"},
    **{"q.phone.typed": "", "q.number.typed": "084190000000", "q.commune.typed": "Phường Trà Vinh"},
    **{"q.symptoms.action": "none", "q.contact": "no", "q.travel": "no"},
}


def test_a_paper_is_taken_with_its_own_time_and_whoever_typed_it(site):
    guard = site.guard()
    answer = guard.sends("/paper", **PAPER)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/paper?saved=accepted")
    (paper,) = site.papers
    assert paper.by == "bao-ve-1"
    assert paper.at == datetime(2026, 11, 28, 0, 30, tzinfo=UTC)
    assert paper.identity.name == "Thạch Thị Mẫu"
    assert [one.value for one in paper.identity.identifiers] == ["084190000000"]
    assert paper.answers["commune"] == "29242"
    assert "Đã lưu" in guard.opens("/paper?saved=accepted").text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"time": "08:16"}, "Giờ này chưa tới"),
        ({"day": "20/11/2026"}, "quá cũ"),
        ({"day": "31/02/2026"}, "Ghi ngày như"),
        ({"time": "25:00"}, "Ghi ngày như"),
        ({"time": ""}, "Ghi ngày như"),
        ({"signed": ""}, "có chữ ký"),
        ({"q.name.typed": ""}, "Vui lòng"),
        ({"q.birth.typed": "90"}, "1980"),
        ({"q.symptoms.action": ""}, "Vui lòng chọn"),
        ({"q.commune.typed": "Tra"}, "Vui lòng chọn"),
    ],
)
def test_what_cannot_be_kept_comes_back_as_it_was_typed(site, changed, said):
    answer = site.guard().sends("/paper", **{**PAPER, **changed})

    assert answer.status_code == 400
    assert said in answer.text
    assert site.papers == []
    assert 'value="084190000000"' in answer.text


def test_day_and_time_may_be_typed_on_a_number_pad(site):
    site.guard().sends("/paper", **{**PAPER, "day": "28112026", "time": "730"})

    assert site.papers[0].at == datetime(2026, 11, 28, 0, 30, tzinfo=UTC)


def test_a_form_whose_answer_was_lost_is_kept_once(site):
    guard = site.guard()
    form_id = re.search(r'name="form" value="([^"]+)"', guard.opens("/paper").text)[1]

    answers = [guard.sends("/paper", **PAPER, form=form_id) for _ in range(2)]
    guard.sends("/paper", **PAPER, form="another")

    assert [one.status_code for one in answers] == [303, 303]
    assert len(site.papers) == 2


def test_whoever_insists_on_a_doubtful_number_is_believed(site):
    guard, doubtful = site.guard(), {**PAPER, "q.birth.typed": "1991"}

    assert guard.sends("/paper", **doubtful).status_code == 400
    assert guard.sends("/paper", **{**doubtful, "q.number.sure": "084190000000"}).status_code == 303


def test_a_paper_that_is_not_on_the_disk_stays_in_the_page(site):
    guard = site.guard()
    site.stores = False

    answer = guard.sends("/paper", **PAPER)

    assert answer.status_code == 503
    assert "Chưa lưu" in answer.text
    assert "Thạch Thị Mẫu" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_blank_form_holds_what_is_agreed_to_and_room_to_sign(site):
    page = site.guard().opens("/blank-form").text

    assert "chỉ dùng để phòng chống dịch" in page
    assert "Chữ ký" in page
