import datetime as dt
import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from collector import authority
from collector.errors import CollectorError


def test_both_ends_of_a_connection_trust_each_other_also_by_the_strict_rules(
    authority_dir: Path, tmp_path: Path
) -> None:
    authority.issue(authority_dir, "broker", tmp_path, ("localhost", "127.0.0.1"))
    authority.issue(authority_dir, "cho-1", tmp_path)

    peer = _handshake(tmp_path, server="broker", client="cho-1")

    assert peer == "cho-1"


def test_a_kiosk_cannot_pose_as_the_broker(authority_dir: Path, tmp_path: Path) -> None:
    authority.issue(authority_dir, "cho-1", tmp_path)
    authority.issue(authority_dir, "cho-2", tmp_path)

    with pytest.raises(ssl.SSLError):
        _handshake(tmp_path, server="cho-2", client="cho-1")


def test_the_broker_cannot_pose_as_a_kiosk(authority_dir: Path, tmp_path: Path) -> None:
    authority.issue(authority_dir, "broker", tmp_path, ("127.0.0.1",))

    with pytest.raises((ssl.SSLError, ConnectionError)):
        _handshake(tmp_path, server="broker", client="broker")


def test_a_certificate_is_already_valid_for_a_clock_that_is_two_days_behind(
    authority_dir: Path, tmp_path: Path
) -> None:
    authority.issue(authority_dir, "cho-1", tmp_path)

    certificate = x509.load_pem_x509_certificate((tmp_path / "cho-1.pem").read_bytes())

    behind = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    assert certificate.not_valid_before_utc <= behind
    assert certificate.not_valid_after_utc > dt.datetime.now(dt.UTC) + dt.timedelta(days=360)


def test_keys_are_for_their_owner_alone(authority_dir: Path, tmp_path: Path) -> None:
    authority.issue(authority_dir, "cho-1", tmp_path / "out")

    for key in (
        authority_dir / "ca.key",
        authority_dir / "signing.key",
        tmp_path / "out" / "cho-1.key",
    ):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "authority.pub",
        "ca.pem",
        "cho-1.key",
        "cho-1.pem",
    ]


def test_an_authority_is_never_overwritten(tmp_path: Path) -> None:
    authority.create(tmp_path)
    before = (tmp_path / "ca.key").read_bytes()

    with pytest.raises(CollectorError, match="holds an authority already"):
        authority.create(tmp_path)

    assert (tmp_path / "ca.key").read_bytes() == before


def test_an_authority_from_before_the_documents_gets_their_key_and_keeps_its_own(
    tmp_path: Path,
) -> None:
    authority.create(tmp_path)
    before = (tmp_path / "ca.key").read_bytes()
    (tmp_path / "signing.key").unlink()
    with pytest.raises(CollectorError, match="authority init --dir"):
        authority.signing_key(tmp_path)

    authority.create(tmp_path)

    assert (tmp_path / "ca.key").read_bytes() == before
    public = load_pem_public_key((tmp_path / "authority.pub").read_bytes())
    assert authority.signing_key(tmp_path).public_key() == public


@pytest.mark.parametrize("name", ["", "ca", "../cho-1", ".hidden", "a/b", "a b", "x" * 65])
def test_a_name_that_is_no_file_or_would_overwrite_the_authority_is_refused(
    authority_dir: Path, tmp_path: Path, name: str
) -> None:
    with pytest.raises(CollectorError, match="is no name"):
        authority.issue(authority_dir, name, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_without_an_authority_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match="collector authority init --dir"):
        authority.issue(tmp_path / "none", "cho-1", tmp_path)


def test_a_damaged_authority_is_told(tmp_path: Path) -> None:
    authority.create(tmp_path)
    (tmp_path / "ca.pem").write_text("nothing")

    with pytest.raises(CollectorError, match="damaged"):
        authority.issue(tmp_path, "cho-1", tmp_path)


def _handshake(folder: Path, *, server: str, client: str) -> str:
    """The name the server learns of its client. Strict is what Python 3.13 makes of every context by itself."""
    listening = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
    listening.verify_mode = ssl.CERT_REQUIRED
    listening.load_cert_chain(folder / f"{server}.pem", folder / f"{server}.key")
    calling = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    calling.load_cert_chain(folder / f"{client}.pem", folder / f"{client}.key")
    for context in (listening, calling):
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    here, there = socket.socketpair()
    names: list[str] = []
    answering = threading.Thread(target=_answer, args=(listening, there, names))
    answering.start()
    try:
        with here, calling.wrap_socket(here, server_hostname="127.0.0.1") as connection:
            connection.settimeout(5)
            connection.recv(1)
    finally:
        answering.join()
    return names[0]


def _answer(context: ssl.SSLContext, sock: socket.socket, names: list[str]) -> None:
    try:
        with sock, context.wrap_socket(sock, server_side=True) as connection:
            certificate = connection.getpeercert()
            assert certificate is not None
            names.append(dict(pair for (pair,) in certificate["subject"])["commonName"])
            connection.send(b".")
    except OSError:
        return  # the caller's own end raises what this is about
