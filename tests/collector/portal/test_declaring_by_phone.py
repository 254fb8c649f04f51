"""From the poster to the Pass and back, as a phone without any script does it."""

import base64
import json
import logging
import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import urlencode

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from PIL import Image

from collector import keys
from collector.portal.remembered import Kept, phone_key
from collector.portal.words import translated
from kiosk import trust_folder
from kiosk.credentials.classify import classify
from kiosk.domain.identity import CodeKind, Identity
from kiosk.domain.policy import Policy
from kiosk.domain.verdict import decide
from kiosk.languages import LANGUAGES
from kiosk.privacy.parts import parse_link
from kiosk.privacy.sealing import Context, Part, opened
from kiosk.questions import shipped
from kiosk.web.form.consent import agreed_to
from kiosk.web.settings import PageSettings
from kiosk.wire import events
from kiosk.wire.data import Sealed
from kiosk.wire.documents import DocumentKind
from kiosk.wire.keys import SealingKey

MARKS = ("Thạch Thị Bông Súng", "Bông Súng", "0912000567", "084180000567")


def stored(site):
    """The events in the outbox, oldest first."""
    db = sqlite3.connect(f"file:{site.config.portal.state_dir / 'state.db'}?mode=ro", uri=True)
    try:
        rows = db.execute("SELECT payload FROM outbox ORDER BY position").fetchall()
    finally:
        db.close()
    return [events.decode(payload, "portal-1") for (payload,) in rows]


def pass_on(answer):
    """The text of the Pass in the picture that the phone shows."""
    found = zxingcpp.read_barcodes(Image.open(BytesIO(answer.body)).convert("L"))
    return found[0].text


def test_a_declaration_gives_a_pass_that_any_kiosk_accepts(portal, site):
    phone = portal.phone()
    phone.declare()

    page = phone.send()
    picture = phone.ask("GET", "/v/cho-mau/pass.png")

    assert phone.at == "/v/cho-mau/pass"
    assert "Đã lưu tờ khai" in page.text
    trust = trust_folder.read(site.config.portal.passes_folder)
    now = datetime.now(UTC)
    shown = classify(pass_on(picture).encode(), trust=trust, now=now)
    assert isinstance(shown, Identity)
    assert shown.kind is CodeKind.PASS
    assert decide(shown, None, Policy(), now).outcome == "accepted"


def test_a_name_in_khmer_gets_a_pass_as_well(portal):
    phone = portal.phone()
    phone.declare(name={"typed": "ថាច់ ធីហ្វា"})

    phone.send(remember="yes")

    assert pass_on(phone.ask("GET", "/v/cho-mau/pass.png")).startswith("VP1:")


def test_what_is_stored_is_sealed_and_opens_with_the_authoritys_keys_alone(
    portal, site, keys_folder
):
    phone = portal.phone()
    phone.declare()

    phone.send()

    declared = stored(site)[-1]
    assert (declared.data.source, declared.data.risk) == ("portal", "none")
    assert declared.data.pass_id
    sealed = declared.data.link
    assert isinstance(sealed, Sealed)
    context = Context(declared.id, "portal-1", declared.stream, declared.seq)
    link = parse_link(
        opened(Part.LINK, sealed, keys.opening_keys(keys_folder)[sealed.key], context)
    )
    assert link.identifiers[0].value == "084180000567"
    assert link.identifiers[-1].value == declared.data.pass_id


def test_consent_is_sealed_with_the_language_in_which_it_was_given(start, site, keys_folder):
    officers = X25519PrivateKey.generate()
    tracing = SealingKey(officers.public_key(), datetime(2026, 1, 1, tzinfo=UTC))
    known = replace(keys.public_keys(keys_folder), tracing=(tracing,))
    site.documents(DocumentKind.KEYS, known.body())
    phone = start().phone()
    phone.get("/v/cho-mau")
    phone.post("/v/cho-mau/language", language="km", on="consent")

    phone.declare()
    phone.send()

    event = stored(site)[-1]
    context = Context(event.id, "portal-1", event.stream, event.seq)
    contact = json.loads(opened(Part.CONTACT, event.data.contact, officers, context))
    agreed = agreed_to(translated, "km", PageSettings(venue_name="Chợ Mẫu"))
    assert contact["consent"] == {"text": agreed.text_version, "language": "km"}
    assert contact["name"] == MARKS[0]
    assert contact["answers"]["symptoms"] == []


def test_what_was_read_in_another_language_is_not_agreed_to(portal):
    phone = portal.phone()
    phone.get("/v/cho-mau/declare")

    phone.post("/v/cho-mau/declare", language="en")

    assert phone.at == "/v/cho-mau/declare"


def test_nothing_of_a_person_is_in_an_address_a_log_or_a_file(portal, site, caplog):
    caplog.set_level(logging.DEBUG)
    phone = portal.phone()
    phone.declare()

    phone.send(remember="yes")
    phone.get("/v/cho-mau")
    phone.post("/v/cho-mau/visit", direction="in")

    written = [content for _, content in site.files]
    spoken = "\n".join([*phone.asked, caplog.text, *phone.cookies.values()]).encode()
    assert len(written) > 3
    for mark in MARKS:
        spellings = [mark.encode(), base64.b64encode(mark.encode()).rstrip(b"=")[:-1]]
        spellings.append(json.dumps(mark)[1:-1].encode())
        spellings.append(urlencode({"x": mark})[2:].encode())
        for content in [*written, spoken]:
            assert not [each for each in spellings if each in content]


def test_a_declared_risk_leads_to_staff_and_to_no_pass(portal, site):
    phone = portal.phone()
    phone.declare(symptoms={"chosen": "fever"})

    page = phone.send(remember="yes")

    assert "Mời gặp nhân viên" in page.text
    assert "pass.png" not in page.text
    assert "__Host-phone" not in phone.cookies
    assert stored(site)[-1].data.risk == "declared"


def test_a_declaration_renews_in_two_taps_and_shows_nobody_whose_it_is(portal, site):
    phone = portal.phone()
    phone.declare()
    phone.send(remember="yes")
    before = phone.cookies["__Host-phone"]

    poster = phone.get("/v/cho-mau")
    check = phone.post("/v/cho-mau/renew")
    done = phone.send(remember="yes")

    assert "Khai lại cho" in poster.text
    assert phone.at == "/v/cho-mau/pass"
    assert "Đã lưu tờ khai" in done.text
    assert phone.cookies["__Host-phone"] != before
    for mark in (*MARKS, "1980"):
        assert mark not in poster.text + check.text
    first, second = (event.data for event in stored(site))
    assert first.pass_id != second.pass_id
    assert second.contact is not None


def test_who_is_remembered_cannot_be_read_question_by_question(portal):
    phone = portal.phone()
    phone.declare()
    phone.send(remember="yes")
    phone.get("/v/cho-mau")
    phone.post("/v/cho-mau/renew")

    pages = [phone.get(f"/v/cho-mau/declare/{page}") for page in ("name", "phone", "number")]

    assert not [mark for mark in MARKS for page in pages if mark in page.text]


def test_nobody_is_remembered_who_did_not_ask_for_it(portal):
    phone = portal.phone()
    phone.declare()
    phone.send()

    poster = phone.get("/v/cho-mau")

    assert "Tôi vào" in poster.text
    assert "Khai lại cho" not in poster.text


@pytest.mark.parametrize(
    ("days_ago", "questions", "renews"), [(13, 1, True), (15, 1, False), (1, 2, False)]
)
def test_answers_are_remembered_for_two_weeks_and_for_the_questions_they_answer(
    portal, site, days_ago, questions, renews
):
    answers = {each.id: "no" for each in shipped().questions} | {"symptoms": ()}
    made_at = datetime.now(UTC) - timedelta(days=days_ago)
    held = phone_key(site.config.portal.state_dir / "phones.key").locked(
        Kept(made_at, questions=questions, answers=answers)
    )
    phone = portal.phone()
    phone.cookies["__Host-phone"] = base64.urlsafe_b64encode(held).decode()

    poster = phone.get("/v/cho-mau")

    assert ("Khai lại cho" in poster.text) == renews


def test_a_phone_forgets_when_it_is_told_to(portal):
    phone = portal.phone()
    phone.declare()
    phone.send(remember="yes")
    phone.get("/v/cho-mau")

    page = phone.post("/v/cho-mau/forget")

    assert "__Host-phone" not in phone.cookies
    assert "Tôi vào" not in page.text


def test_what_a_phone_holds_is_believed_only_unaltered(portal):
    phone = portal.phone()
    phone.declare()
    phone.send(remember="yes")
    held = phone.cookies["__Host-phone"]

    for altered in (held[:-6] + "AAAA==", held[4:], "x", "é", ""):
        phone.cookies["__Host-phone"] = altered
        page = phone.get("/v/cho-mau")

        assert page.status == 200
        assert "Tôi vào" not in page.text


def test_checking_in_and_out_are_visits_at_this_venue(portal, site):
    phone = portal.phone()
    phone.declare()
    phone.send()

    came = phone.post("/v/cho-mau/visit", direction="in")
    phone.get("/v/cho-mau")
    again = phone.post("/v/cho-mau/visit", direction="in")
    phone.get("/v/cho-mau")
    left = phone.post("/v/cho-mau/visit", direction="out")

    assert "Đã ghi nhận lượt vào" in came.text
    assert "Đã ghi nhận" in again.text
    assert "Đã ghi nhận lượt ra" in left.text
    visits = [event.data for event in stored(site)[1:]]
    assert [(v.direction, v.verdict, v.reason, v.code) for v in visits] == [
        ("in", "accepted", "pass", "pass"),
        ("out", "accepted", "pass", "pass"),
    ]
    assert [v.extra["venue"] for v in visits] == ["cho-mau", "cho-mau"]
    assert all(v.link is not None for v in visits)


def test_a_pass_is_good_at_another_venues_poster(portal, site):
    phone = portal.phone()
    phone.declare()
    phone.send()
    phone.get("/v/truong-mau")

    phone.post("/v/truong-mau/visit", direction="in")

    assert stored(site)[-1].data.extra["venue"] == "truong-mau"


def test_who_holds_no_pass_cannot_check_in(portal, site):
    phone = portal.phone()
    phone.get("/v/cho-mau")

    phone.post("/v/cho-mau/language", language="vi")
    page = phone.post("/v/cho-mau/visit", direction="in")

    assert phone.at == "/v/cho-mau"
    assert page.status == 200
    assert stored(site) == []


def test_two_taps_on_send_are_one_declaration_and_both_get_its_pass(portal, site):
    phone = portal.phone()
    phone.declare()
    body = urlencode({"csrf": phone.token, "action": "send"})
    answers = []

    def tap():
        answers.append(phone.ask("POST", "/v/cho-mau/declare/check", body))

    taps = [threading.Thread(target=tap) for _ in range(4)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()

    assert [answer.status for answer in answers] == [303] * 4
    kept = {answer.headers["Set-Cookie"].partition(";")[0] for answer in answers}
    assert len(kept) == 1
    assert len(stored(site)) == 1


def test_going_back_after_sending_shows_nothing_and_sends_nothing(portal, site):
    phone = portal.phone()
    phone.declare()
    token = phone.token
    phone.send()

    pages = [phone.get(f"/v/cho-mau/declare/{page}") for page in ("check", "name", "number")]
    again = phone.ask(
        "POST", "/v/cho-mau/declare/check", urlencode({"csrf": token, "action": "send"})
    )

    assert not [mark for mark in MARKS for page in pages if mark in page.text]
    assert again.headers["Location"] == "/v/cho-mau/pass"
    assert len(stored(site)) == 1


def test_no_declaration_is_taken_when_nobody_could_be_reached_by_it(start, site):
    (site.config.portal.state_dir / "documents" / "keys.json").unlink()
    phone = start().phone()

    poster = phone.get("/v/cho-mau")
    consent = phone.get("/v/cho-mau/declare")

    assert poster.status == 200
    assert consent.status == 503
    assert "Tạm dừng" in poster.text


def test_every_word_of_a_question_is_that_of_the_kiosk(portal):
    phone = portal.phone()
    phone.agree()

    assert "Họ và tên" in (phone.page.text if phone.page else "")
    wrong = phone.post(phone.at, typed="1")
    assert "Tên chỉ có chữ cái" in wrong.text
    assert set(LANGUAGES) == {"vi", "km", "en"}


def test_a_commune_is_found_by_a_part_of_its_name(portal):
    phone = portal.phone()
    phone.agree()
    for page, answer in (("name", "Thạch Thị Bông"), ("birth", "1980")):
        phone.post(f"/v/cho-mau/declare/{page}", typed=answer)

    page = phone.post("/v/cho-mau/declare/commune", typed="hoa binh")

    assert page.text.count('name="chosen"') > 1
