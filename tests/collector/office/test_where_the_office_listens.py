import socket
import ssl
import threading
from pathlib import Path
from urllib.request import urlopen

import flask
import pytest

from collector import authority, config, serve
from collector.config import OfficeSection
from collector.errors import CollectorError
from collector.office.server import office_server
from kiosk.errors import KioskError
from kiosk.web.safety.web_server import SHUTDOWN_S, WebServer

LIMIT_S = 10


@pytest.fixture
def app() -> flask.Flask:
    app = flask.Flask("office")
    app.add_url_rule("/", view_func=lambda: flask.request.host_url)
    return app


@pytest.fixture
def certificate(authority_dir: Path, tmp_path: Path) -> tuple[Path, Path]:
    authority.issue(authority_dir, "office", tmp_path, ["127.0.0.1"])
    return tmp_path / "office.pem", tmp_path / "office.key"


@pytest.fixture
def trusting(tmp_path: Path, certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=tmp_path / "ca.pem")


def listening(
    app: flask.Flask, certificate: tuple[Path, Path] | None = None, port: int = 0
) -> WebServer:
    pem, key = certificate or (None, None)
    return office_server(app, OfficeSection(port=port, certificate_file=pem, key_file=key))


def read(url: str, context: ssl.SSLContext | None = None) -> str:
    with urlopen(url, timeout=LIMIT_S, context=context) as response:  # noqa: S310 - on 127.0.0.1
        return str(response.read().decode())


def test_with_a_certificate_pages_come_by_https_and_the_page_knows_it(
    app, certificate, trusting
) -> None:
    with listening(app, certificate) as server:
        assert server.url.startswith("https://")
        assert read(server.url, trusting) == server.url


def test_with_a_certificate_nothing_is_answered_in_the_clear(app, certificate) -> None:
    with (
        listening(app, certificate) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT_S) as plain,
    ):
        plain.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")

        assert b"127.0.0.1" not in plain.recv(1000)


def test_an_answer_that_outlasts_the_server_does_not_go_on_in_the_clear(app, certificate) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        ended.wait(LIMIT_S)
        return "Thach T. H***"

    app.add_url_rule("/slow", view_func=slow)
    with socket.socket() as plain:
        with listening(app, certificate) as server:
            plain.connect(("127.0.0.1", server.port))
            plain.settimeout(LIMIT_S)
            tls, came = ask_by_hand(plain, b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert begun.wait(LIMIT_S)
            end = threading.Thread(target=server.close)
            end.start()
            end.join(2 * SHUTDOWN_S)  # by then the server has lost its patience with this answer
            ended.set()
            end.join()
        while data := plain.recv(65_536):
            came += data

    assert b"Thach" not in came
    assert b"HTTP" not in came
    assert tls.version() == "TLSv1.3"


def ask_by_hand(plain: socket.socket, request: bytes) -> tuple[ssl.SSLObject, bytearray]:
    """A request by TLS, and a bytearray for what comes as it crosses the network."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            plain.sendall(outgoing.read())
            incoming.write(plain.recv(65_536))
    tls.write(request)
    plain.sendall(outgoing.read())
    return tls, bytearray()


def test_whoever_connects_and_says_nothing_holds_up_nobody(app, certificate, trusting) -> None:
    with listening(app, certificate) as server:
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]

        answered = read(server.url, trusting)

        for one in silent:
            one.close()
    assert answered


def test_an_old_version_of_tls_is_refused(app, certificate, trusting) -> None:
    with listening(app, certificate) as server:
        trusting.set_ciphers("DEFAULT:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            trusting.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            trusting.maximum_version = ssl.TLSVersion.TLSv1_1

        with pytest.raises(OSError, match=r"(?i)version|alert|eof"):
            read(server.url, trusting)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "office.example.vn", "::"])  # noqa: S104 - refused
def test_without_a_certificate_it_does_not_leave_this_machine(app, host) -> None:
    with pytest.raises(CollectorError, match="certificate_file"):
        office_server(app, OfficeSection(host=host, port=0))


def test_a_port_that_is_taken_is_told_with_what_to_do(app) -> None:
    with listening(app) as first, pytest.raises(KioskError, match=r"office\.port"):
        listening(app, port=first.port).open()


def test_the_port_is_free_again_at_once(app) -> None:
    with listening(app) as server:
        port = server.port
        assert read(server.url)

    with listening(app, port=port) as again:
        assert read(again.url)


@pytest.mark.parametrize(
    ("office", "told"),
    [
        ('certificate_file = "office.pem"', "go together"),
        (
            'certificate_file = "office.pem"\nkey_file = "office.key"\nopen_here = true',
            "open_here",
        ),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(tmp_path, office, told) -> None:
    file = tmp_path / "c.toml"
    file.write_text(f'[ledger]\nfile = "ledger.db"\n[office]\nport = 0\n{office}\n')

    with pytest.raises(CollectorError, match=told):
        serve.serve(config.load(file), threading.Event(), lambda _: None)
