"""Hostile, mistaken and too many: what the public pages do not do."""

import time
from datetime import timedelta
from urllib.parse import urlencode

from collector.portal.app import create_portal_app
from collector.portal.drafts import PhoneDrafts
from collector.portal.limits import Limits
from collector.portal.phone import Portal
from collector.portal.safety import Rules
from collector.portal.venues import Venues


def test_a_code_of_no_open_venue_is_said_to_be_unknown(portal):
    phone = portal.phone()

    for venue in ("khong-co", "quan-cu", "CHO-MAU", "cho_mau", "a" * 80, "%00"):
        answers = [phone.get(f"/v/{venue}{page}") for page in ("", "/declare", "/pass.png")]

        assert [answer.status for answer in answers] == [404] * 3
        assert "Không có địa điểm này" in answers[0].text


def test_every_page_is_kept_nowhere_and_runs_nothing(portal):
    phone = portal.phone()

    for path in ("/v/cho-mau", "/v/cho-mau/declare", "/v/khong-co", "/"):
        answer = phone.get(path)

        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "<script" not in answer.text


def test_the_first_load_is_small(portal):
    phone = portal.phone()

    page = phone.get("/v/cho-mau")
    style = page.text.split('stylesheet" href="')[1].split('"')[0]
    whole = len(page.body) + len(phone.ask("GET", style).body)

    assert whole < 10_000  # of 60,000 that are allowed


def test_what_another_site_sends_is_refused(portal):
    phone = portal.phone()
    phone.get("/v/cho-mau/declare")
    changes = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Cookie": ""},
        {"Cookie": "__Host-visitor=another"},
    ]

    for change in changes:
        body = urlencode({"csrf": phone.token, "language": "vi"})
        answer = phone.ask("POST", "/v/cho-mau/declare", body, **change)

        assert answer.status == 403
        assert "Mời làm lại từ đầu" in answer.text


def test_a_token_of_one_phone_is_no_good_on_another(portal):
    phone, other = portal.phone(), portal.phone()
    phone.get("/v/cho-mau/declare")
    other.get("/v/cho-mau/declare")

    answer = other.ask(
        "POST", "/v/cho-mau/declare", urlencode({"csrf": phone.token, "language": "vi"})
    )

    assert answer.status == 403


def test_another_host_name_is_not_answered(portal):
    answer = portal.phone().ask("GET", "/v/cho-mau", Host="evil.example")

    assert answer.status == 400


def test_the_address_of_the_poster_is_answered_through_the_proxy(start):
    phone = start(address="https://khai.example").phone()
    phone.ask("GET", "/v/cho-mau", Host="khai.example")
    phone.page = phone.ask("GET", "/v/cho-mau/declare", Host="khai.example")

    answer = phone.ask(
        "POST",
        "/v/cho-mau/declare",
        urlencode({"csrf": phone.token, "language": "vi"}),
        Host="khai.example",
        Origin="https://khai.example",
    )

    assert answer.status == 303


def test_cookies_are_for_this_host_over_tls_and_unreadable_for_scripts(portal):
    phone = portal.phone()
    said = phone.ask("GET", "/v/cho-mau/declare").headers.get_all("Set-Cookie")

    assert said
    for cookie in said:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_one_address_is_slowed_down_and_others_are_not(start):
    portal = start(address_per_minute=2.0)
    flooding, other = portal.phone(), portal.phone()
    flooding.get("/v/cho-mau/declare")
    other.get("/v/cho-mau/declare")
    body, fair = (urlencode({"csrf": each.token, "language": "vi"}) for each in (flooding, other))

    statuses = [
        flooding.ask(
            "POST",
            "/v/cho-mau/declare",
            body,
            # only the last is the proxy's word, whatever else is said
            **{"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.1"},
        ).status
        for n in range(4)
    ]
    else_where = other.ask(
        "POST", "/v/cho-mau/declare", fair, **{"X-Forwarded-For": "203.0.113.1, 203.0.113.2"}
    )

    assert statuses == [303, 303, 429, 429]
    assert else_where.status == 303


def test_whoever_is_slowed_down_is_told_to_wait(start):
    portal = start(total_per_minute=1.0)
    phone = portal.phone()
    phone.get("/v/cho-mau/declare")
    body = urlencode({"csrf": phone.token, "language": "vi"})
    phone.ask("POST", "/v/cho-mau/declare", body)

    answer = phone.ask("POST", "/v/cho-mau/declare", body)

    assert answer.status == 429
    assert answer.headers["Retry-After"] == "60"
    assert "vui lòng chờ một phút" in answer.text


def test_limits_count_a_home_network_as_one_and_flow_back():
    at_s = [0.0]
    limits = Limits(lambda: at_s[0], address_per_minute=1.0, total_per_minute=100.0)

    first = [limits.stored(f"2001:db8::{n}") for n in range(2)]
    at_s[0] = 61.0

    assert first == [True, False]
    assert limits.stored("2001:db8::9")
    assert limits.stored("2001:db8:0:1::9")


def test_a_body_that_is_too_large_is_not_read(portal):
    phone = portal.phone()
    phone.get("/v/cho-mau/declare")

    answer = phone.ask("POST", "/v/cho-mau/declare", "x=" + "a" * 70_000)

    assert answer.status == 413


def test_questions_of_nobodys_draft_lead_back_to_the_poster(portal):
    phone = portal.phone()

    phone.get("/v/cho-mau/declare/check")

    assert phone.at == "/v/cho-mau"


def test_a_draft_belongs_to_the_venue_where_it_was_begun(portal):
    phone = portal.phone()
    phone.declare("cho-mau")

    phone.get("/v/truong-mau/declare/check")

    assert phone.at == "/v/truong-mau"


def test_an_error_of_ours_is_logged_without_its_message(site, caplog):
    typed = "Thạch Thị Bông Súng"
    app = create_portal_app(
        Portal(
            desk=None,
            drafts=PhoneDrafts(time.monotonic),
            venues=Venues(site.registry, time.monotonic),
            key=None,
            rules=Rules(
                "",
                True,
                lambda text: text,
                Limits(time.monotonic, address_per_minute=9, total_per_minute=9),
            ),
            remember=timedelta(),
            retention_days=30,
        )
    )

    @app.get("/fails")
    def fails():
        raise ValueError(typed)

    answer = app.test_client().get("/fails")

    assert answer.status_code == 500
    assert "ValueError" in caplog.text
    assert typed not in caplog.text
