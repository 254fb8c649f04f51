import pytest

PAGES = ["/", "/staff", "/status.json", "/static/base.css", "/nothing/here"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_headers(visitor, path):
    with visitor.get(path) as answer:
        headers = answer.headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/staff", "/status.json", "/nothing/here"])
def test_no_page_is_kept_by_the_browser(visitor, path):
    assert visitor.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.7"])
def test_another_host_name_is_refused(visitor, host):
    assert visitor.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:8080"])
def test_our_own_host_names_are_answered(visitor, host):
    assert visitor.get("/", headers={"Host": host}).status_code == 200


def test_a_post_without_the_token_changes_nothing(visitor, entrance):
    answer = visitor.post("/call-staff")

    assert answer.status_code == 403
    assert entrance.asked == []


def test_a_post_with_a_wrong_token_changes_nothing(visitor, entrance):
    answer = visitor.post("/call-staff", data={"csrf": "guessed"})

    assert answer.status_code == 403
    assert entrance.asked == []


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1"])
def test_a_post_from_another_origin_changes_nothing(app, visitor, entrance, origin):
    headers = {"X-CSRF": app.jinja_env.globals["csrf_token"], "Origin": origin}

    answer = visitor.post("/call-staff", headers=headers)

    assert answer.status_code == 403
    assert entrance.asked == []


def test_a_post_from_our_own_page_passes(app, visitor, entrance):
    headers = {"X-CSRF": app.jinja_env.globals["csrf_token"], "Origin": "http://localhost"}

    visitor.post("/call-staff", headers=headers)

    assert entrance.asked == ["call_staff"]


def test_an_oversized_body_is_refused(visitor):
    assert visitor.touch("/call-staff", much="x" * 70_000).status_code == 413


def test_no_cookie_is_set_for_a_visitor(visitor):
    assert "Set-Cookie" not in visitor.get("/").headers
