"""The whole map of the office, page by page and role by role. A page that is added and not listed here fails."""

import io
import re

import pytest

from collector.access import hand_out
from collector.access.roles import Right, Role, may

ANYONE = {"GET /sign-in", "POST /sign-in", "GET /static/<path:filename>"}
OWN = {
    "POST /sign-out",
    "GET /account/password",
    "POST /account/password",
    "GET /account/second-factor",
    "POST /account/second-factor",
}
FOR = {
    "GET /": Right.SEE,
    "GET /live": Right.SEE,
    "GET /venues": Right.SEE,
    "GET /venues/<venue>": Right.SEE,
    "GET /report": Right.SEE,
    "GET /report/<day>": Right.SEE,
    "GET /report/<day>/file.<kind>": Right.SEE,
    "GET /organisations": Right.SEE,
    "GET /kiosks": Right.SEE,
    "GET /fleet": Right.SEE,
    "GET /fleet.csv": Right.SEE,
    "GET /fleet/<kiosk>": Right.SEE,
    "POST /fleet/<kiosk>/ask": Right.COMMAND,
    "GET /fleet/<kiosk>/asked": Right.COMMAND,
    "GET /venues/<venue>/poster.<kind>": Right.REGISTER,
    "GET /venues/new": Right.REGISTER,
    "POST /venues/new": Right.REGISTER,
    "GET /venues/<entry>/edit": Right.REGISTER,
    "POST /venues/<entry>/edit": Right.REGISTER,
    "GET /organisations/new": Right.REGISTER,
    "POST /organisations/new": Right.REGISTER,
    "GET /organisations/<entry>/edit": Right.REGISTER,
    "POST /organisations/<entry>/edit": Right.REGISTER,
    "GET /kiosks/new": Right.REGISTER,
    "POST /kiosks/new": Right.REGISTER,
    "GET /kiosks/<entry>/edit": Right.REGISTER,
    "POST /kiosks/<entry>/edit": Right.REGISTER,
    "POST /kiosks/<kiosk>/remove": Right.REGISTER,
    "POST /kiosks/<kiosk>/enrol": Right.REGISTER,
    "GET /kiosks/<kiosk>/joined": Right.REGISTER,
    "GET /stays": Right.REGISTER,
    "POST /stays": Right.REGISTER,
    "GET /lists/<name>.csv": Right.REGISTER,
    "GET /lists/<name>/import": Right.REGISTER,
    "POST /lists/<name>/import": Right.REGISTER,
    "GET /trace": Right.TRACE,
    "POST /trace": Right.TRACE,
    "GET /trace/<token>": Right.TRACE,
    "POST /trace/<token>/second": Right.TRACE,
    "POST /trace/<token>/keep": Right.TRACE,
    "POST /trace/<token>/seen": Right.TRACE,
    "POST /trace/<token>/people": Right.TRACE,
    "POST /trace/<token>/close": Right.TRACE,
    "GET /trace/<token>/f1.csv": Right.TRACE,
    "POST /trace/<token>/f2.csv": Right.TRACE,
    "GET /people": Right.TRACE,
    "POST /people": Right.TRACE,
    "POST /people/correct": Right.TRACE,
    "POST /people/erase": Right.TRACE,
    "POST /people/<number>/done": Right.TRACE,
    "GET /cases": Right.TRACE,
    "POST /cases": Right.TRACE,
    "GET /cases/release.pub": Right.TRACE,
    "GET /cases/<case>": Right.TRACE,
    "POST /cases/<case>/close": Right.TRACE,
    "POST /cases/<case>/releases": Right.TRACE,
    "POST /releases/<release>/approve": Right.TRACE,
    "POST /releases/<release>/refuse": Right.TRACE,
    "POST /releases/<release>/bundle": Right.TRACE,
    "POST /releases/<release>/opening": Right.TRACE,
    "GET /audit": Right.AUDIT,
    "GET /accounts": Right.ADMINISTER,
    "POST /accounts": Right.ADMINISTER,
    "POST /accounts/<name>/lock": Right.ADMINISTER,
    "POST /accounts/<name>/reset": Right.ADMINISTER,
}
# a page asks, not a person
ASKED_BY_PAGES = ("GET /live", "GET /kiosks/<kiosk>/joined", "GET /fleet/<kiosk>/asked")
FILLED = {
    **{"token": "over", "venue": "cho-mau", "kind": "pdf", "kiosk": "cho-mau-1"},
    **{"case": "2026-9999", "release": "0" * 16, "number": "9", "day": "2026-11-23"},
}
ENTRY = {"venues": "cho-mau", "organisations": "so-y-te", "kiosks": "cho-mau-1"}
NAME = {"accounts": "viewer.mau", "lists": "venues"}


def path_of(rule: str) -> str:
    path = rule.partition(" ")[2]
    room = path.split("/")[1]

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        return {"entry": ENTRY, "name": NAME}.get(name, {}).get(room) or FILLED[name]

    return re.sub(r"<(\w+)>", filled, path)


def ask(client, rule: str, csrf: str = ""):
    method = rule.partition(" ")[0]
    data = {"csrf": csrf} if method == "POST" else None
    return client.open(path_of(rule), method=method, data=data)


def test_no_page_is_missing_from_this_map(office) -> None:
    rules = {
        f"{method} {rule.rule}"
        for rule in office.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert rules == ANYONE | OWN | set(FOR)


@pytest.mark.parametrize("role", Role)
def test_a_role_gets_the_pages_that_are_for_it_and_no_other(office, role) -> None:
    who = office.session(role)
    client = office.client(who)

    got = {rule: ask(client, rule, who.csrf).status_code for rule in FOR}

    shut = {rule for rule, status in got.items() if status == 403}
    assert shut == {rule for rule, right in FOR.items() if not may(role, right)}
    assert all(status in (200, 302, 303, 400, 403, 404, 409) for status in got.values()), got


def test_nobody_gets_anything_but_the_page_of_signing_in(office) -> None:
    client = office.client()

    for rule in (*FOR, *OWN):
        response = ask(client, rule)
        if rule in ASKED_BY_PAGES:
            assert response.status_code == 401
        else:
            assert response.status_code == 302, rule
            assert response.location.startswith("/sign-in")
    assert "Chợ Mẫu" not in client.get("/venues", follow_redirects=True).text


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.OFFICER, Role.ADMINISTRATOR])
def test_whoever_still_has_something_due_gets_only_that(office, role) -> None:
    password = hand_out.add(office.access, "kim.mau", role, office.now, office.door.hasher)
    who = office.door.sign_in("kim.mau", password, "", "127.0.0.1", office.now)
    client = office.client(who)

    for rule in FOR:
        response = ask(client, rule, who.csrf)
        assert (response.status_code, response.location) == (302, "/account/password"), rule


def test_a_view_that_names_no_right_is_shut_for_everybody(office) -> None:
    office.restart()
    office.app.add_url_rule("/forgotten", view_func=lambda: "secret")
    who = office.session(Role.ADMINISTRATOR)

    assert office.client().get("/forgotten").status_code == 302
    assert office.client(who).get("/forgotten").status_code == 403


def test_a_viewer_sees_who_answers_for_a_venue_but_not_the_telephone(office) -> None:
    seen = office.client(office.session(Role.VIEWER)).get("/venues/cho-mau").text

    assert "Thạch Thị Mẫu" in seen
    assert "0900000000" not in seen
    assert "0900000000" in office.client(office.session(Role.REGISTRAR)).get("/venues/cho-mau").text


def test_open_here_shows_the_page_of_visits_and_nothing_else(office) -> None:
    office.open_here = True
    office.restart()
    client = office.client()

    open_pages = {rule for rule in FOR if ask(client, rule).status_code == 200}

    assert open_pages == {"GET /", "GET /live"}
    assert 'href="/sign-in"' in client.get("/").text


# ---- forms


def test_a_form_without_the_token_of_this_session_changes_nothing(office) -> None:
    who, other = office.session(Role.REGISTRAR), office.session(Role.REGISTRAR, "khac.mau")
    client = office.client(who)

    for token in ("", "x", other.csrf):
        assert client.post("/kiosks/cho-mau-1/remove", data={"csrf": token}).status_code == 403
    assert office.registry.kiosk("cho-mau-1") is not None

    assert client.post("/kiosks/cho-mau-1/remove", data={"csrf": who.csrf}).status_code == 302
    assert office.registry.kiosk("cho-mau-1") is None


def test_a_form_that_another_site_sends_changes_nothing(office) -> None:
    who = office.session(Role.REGISTRAR)

    response = office.client(who).post(
        "/kiosks/cho-mau-1/remove",
        data={"csrf": who.csrf},
        headers={"Origin": "https://evil.example"},
    )

    assert response.status_code == 403


def test_a_form_that_stood_open_while_the_office_was_restarted_can_be_sent(office) -> None:
    who = office.session(Role.REGISTRAR)
    page = office.client(who).get("/venues/cho-mau/edit").text
    token = re.search(r'name="csrf" value="([^"]+)"', page)[1]

    office.restart()

    response = office.client(who).post("/kiosks/cho-mau-1/remove", data={"csrf": token})
    assert response.status_code == 302


def test_a_large_body_is_taken_only_where_lists_are_and_only_from_a_registrar(office) -> None:
    who, viewer = office.session(Role.REGISTRAR), office.session(Role.VIEWER)
    large = {"csrf": who.csrf, "x": "x" * 100_000}

    assert office.client(who).post("/stays", data=large).status_code == 413
    assert office.client(viewer).post("/lists/venues/import", data=large).status_code == 403
    lines = "Mã,Tên,Loại\n" + "".join(f"o-{n},Cơ quan {n},sector\n" for n in range(5000))
    file = {"csrf": who.csrf, "file": (io.BytesIO(lines.encode()), "o.csv")}
    assert office.client(who).post("/lists/organisations/import", data=file).status_code == 200
    assert len(office.registry.organisations()) == 5001


# ---- what goes with every answer


@pytest.mark.parametrize("path", ["/sign-in", "/venues", "/venues/cho-mau/poster.pdf", "/nowhere"])
def test_every_answer_has_the_headers_of_the_house(office, path) -> None:
    headers = office.client(office.session(Role.REGISTRAR)).get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_host_that_is_not_ours_is_refused(office) -> None:
    client = office.client()

    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/sign-in", headers={"Host": "office.example.vn"}).status_code == 200


@pytest.mark.parametrize("base", ["http://localhost", "https://localhost"])
def test_the_cookie_is_for_this_host_alone_and_for_no_script(office, base) -> None:
    password = hand_out.add(office.access, "kim.mau", Role.VIEWER, office.now, office.door.hasher)
    client = office.client()
    page = client.get("/sign-in", base_url=base).text
    token = re.search(r'name="csrf" value="([^"]+)"', page)[1]

    response = client.post(
        "/sign-in", data={"csrf": token, "name": "kim.mau", "password": password}, base_url=base
    )

    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert ("Secure" in cookie) == base.startswith("https")
    assert cookie.startswith("__Host-office=" if base.startswith("https") else "office=")
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/venues?q=x", "/venues?q=x"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_to_a_page_of_ours(office, target, goes_to) -> None:
    password = hand_out.add(office.access, "kim.mau", Role.VIEWER, office.now, office.door.hasher)
    client = office.client()
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/sign-in").text)[1]

    data = {"csrf": token, "name": "kim.mau", "password": password, "next": target}

    assert client.post("/sign-in", data=data).location == goes_to


def test_what_somebody_registered_is_never_read_as_html(office) -> None:
    who = office.session(Role.REGISTRAR)
    client = office.client(who)
    data = {
        "csrf": who.csrf,
        "id": "so-x",
        "name": "<script>alert(1)</script>",
        "kind": "department",
    }

    client.post("/organisations/new", data=data)

    page = client.get("/organisations").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("typed", ["", "x", "a" * 32, "A" * 31 + "1", "/" * 32])
def test_a_key_of_the_second_factor_that_we_did_not_make_is_refused(office, typed) -> None:
    who = office.session(Role.REGISTRAR)

    response = office.client(who).post(
        "/account/second-factor", data={"csrf": who.csrf, "secret": typed, "code": "000000"}
    )

    assert response.status_code == 400


def test_whoever_finds_an_open_session_cannot_replace_the_second_factor(office) -> None:
    who = office.session(Role.OFFICER)

    assert office.client(who).get("/account/second-factor").status_code == 403


def test_an_id_that_is_taken_is_not_written_over_by_adding_another(office) -> None:
    who = office.session(Role.REGISTRAR)
    data = {"csrf": who.csrf, "id": "so-y-te", "name": "Sở khác", "kind": "sector"}

    response = office.client(who).post("/organisations/new", data=data)

    assert response.status_code == 400
    assert "mã này đã có" in response.text
    assert office.registry.organisation("so-y-te").name == "Sở Y tế"


def test_of_two_who_change_the_same_entry_the_second_is_told_and_overwrites_nothing(office) -> None:
    first, second = office.session(Role.REGISTRAR), office.session(Role.REGISTRAR, "khac.mau")
    address = "/organisations/so-y-te/edit"
    page = office.client(first).get(address).text
    edition = re.search(r'name="edition" value="([^"]+)"', page)[1]

    def save(who, name):
        data = {"csrf": who.csrf, "edition": edition, "name": name, "kind": "department"}
        return office.client(who).post(address, data=data)

    assert save(first, "Sở Y tế tỉnh").status_code == 302
    told = save(second, "Sở Y tế mới")

    assert told.status_code == 409
    assert "Người khác vừa sửa" in told.text
    assert office.registry.organisation("so-y-te").name == "Sở Y tế tỉnh"
    assert 'value="Sở Y tế tỉnh"' in told.text
