"""Tokens, keys and certificates at the real endpoint, with a real broker behind it."""

import http.client
import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from paho.mqtt.enums import CallbackAPIVersion

from bench.joining import KIOSK
from kiosk.enrol.collector import Collector, renewed
from kiosk.enrol.requests import csr_of, is_for, words_for
from kiosk.enrol.trouble import NotJoined, Trouble
from kiosk.wire import enrolment as code
from kiosk.wire import enrolment_answer as wire
from kiosk.wire.check_words import WORDS, words_of
from kiosk.wire.documents import DocumentKind
from kiosk.wire.topics import Channel, topic

pytestmark = pytest.mark.broker


def trouble_of(call, *arguments) -> Trouble:
    with pytest.raises(NotJoined) as caught:
        call(*arguments)
    return caught.value.trouble


def files_of(enrolled, key, folder):
    folder.mkdir(exist_ok=True)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for name, content in (
        ("ca.pem", enrolled.authority.encode()),
        ("kiosk.pem", enrolled.certificate.encode()),
        ("kiosk.key", pem),
    ):
        (folder / name).write_bytes(content)
    return folder / "ca.pem", folder / "kiosk.pem", folder / "kiosk.key"


NOT_AUTHORIZED = 135


def takes_events(port, files, within_s=8.0) -> bool:
    """Whether the broker takes an event with this certificate. It lets strangers connect, and do nothing."""
    ca, certificate, key = files
    answers = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.tls_set(str(ca), str(certificate), str(key))
    client.on_connect = lambda c, *_: c.publish(topic(KIOSK, Channel.EVENT), b"x", qos=1)
    client.on_publish = lambda _c, _u, _m, reason, _p: answers.append(reason.value)
    try:
        client.connect("127.0.0.1", port)
    except OSError:
        return False
    client.loop_start()
    deadline_s = time.monotonic() + within_s
    while not answers and time.monotonic() < deadline_s:
        time.sleep(0.02)
    client.disconnect()
    client.loop_stop()
    return bool(answers) and answers[-1] != NOT_AUTHORIZED


def test_a_new_kiosk_gets_all_it_needs_and_the_broker_lets_it_in(
    province, new_kiosk, tmp_path
) -> None:
    given = new_kiosk.join(province.code())

    assert (given.kiosk, given.venue_name) == (KIOSK, "Chợ Mẫu")
    assert (given.broker.host, given.broker.port) == ("127.0.0.1", province.broker_port)
    assert set(given.documents) == {DocumentKind.KEYS, DocumentKind.POLICY}
    assert is_for(given.certificate, new_kiosk.key, KIOSK)
    certificate = x509.load_pem_x509_certificate(given.certificate.encode())
    now = datetime.now(UTC)
    assert certificate.not_valid_before_utc < now - timedelta(days=1)  # a clock may be behind
    assert abs(certificate.not_valid_after_utc - now - timedelta(days=365)) < timedelta(hours=1)
    assert takes_events(province.broker_port, files_of(given, new_kiosk.key, tmp_path / "kiosk"))


def test_kiosk_and_registry_have_the_same_four_words(province, new_kiosk) -> None:
    new_kiosk.join(province.code())

    admission = province.registry.admission(KIOSK)
    assert words_of(admission.key_hash) == words_for(new_kiosk.key)
    assert len(set(WORDS)) == 256
    assert all(word.isascii() and len(word) <= 5 for word in WORDS)


def test_the_same_key_may_come_again_when_the_answer_was_lost(
    province, new_kiosk, tmp_path
) -> None:
    text = province.code()
    new_kiosk.join(text)

    again = new_kiosk.join(text)

    own = province.registry.admission(KIOSK).key_hash.hex()
    admitted = province.audit.entries(act="kiosk_admitted")
    assert [each.about["key"] for each in admitted].count(own) == 1
    assert is_for(again.certificate, new_kiosk.key, KIOSK)
    assert takes_events(province.broker_port, files_of(again, new_kiosk.key, tmp_path / "kiosk"))


def test_another_key_with_the_same_code_is_turned_away(province, new_kiosk, another_kiosk) -> None:
    text = province.code()
    new_kiosk.join(text)

    assert trouble_of(another_kiosk.join, text) is Trouble.USED


def test_a_code_that_is_over_is_turned_away(province, new_kiosk) -> None:
    old = province.code(at=datetime.now(UTC) - timedelta(minutes=16))
    before = province.registry.admission(KIOSK)

    assert trouble_of(new_kiosk.join, old) is Trouble.EXPIRED
    assert province.registry.admission(KIOSK) == before


def test_a_code_nobody_gave_is_turned_away(province, new_kiosk) -> None:
    made_up = replace(code.decode(province.code()), token=bytes(16))
    collector = Collector(made_up)

    trouble = trouble_of(
        lambda: collector.enrol(csr_of(new_kiosk.key, KIOSK), collector.authority())
    )

    assert trouble is Trouble.UNKNOWN


@pytest.mark.parametrize(("venue", "kiosk"), [("truong-mau", KIOSK), ("cho-mau", "cho-mau-2")])
def test_a_code_of_another_place_is_turned_away(province, new_kiosk, venue, kiosk) -> None:
    foreign = replace(code.decode(province.code()), venue=venue, kiosk=kiosk)
    collector = Collector(foreign)

    trouble = trouble_of(
        lambda: collector.enrol(csr_of(new_kiosk.key, KIOSK), collector.authority())
    )

    assert trouble is Trouble.FOREIGN


def test_another_server_at_the_address_is_told_by_its_fingerprint(province, new_kiosk) -> None:
    elsewhere = replace(code.decode(province.code()), fingerprint=bytes(32))

    assert trouble_of(Collector(elsewhere).authority) is Trouble.WRONG_PLACE


def test_nobody_is_let_in_while_the_broker_is_away_and_the_same_code_goes_on_after(
    own_province, new_kiosk, tmp_path
) -> None:
    text = own_province.code()
    whole = own_province.settings.read_text()
    away = whole.replace(f"port = {own_province.broker_port}", "port = 9")
    own_province.settings.write_text(away)
    with own_province.endpoint():
        assert trouble_of(new_kiosk.join, text) is Trouble.NOT_READY
    own_province.settings.write_text(whole)

    with own_province.endpoint():
        given = new_kiosk.join(text)

    assert takes_events(
        own_province.broker_port, files_of(given, new_kiosk.key, tmp_path / "kiosk")
    )


def test_without_published_keys_a_code_is_not_used_up(province, new_kiosk) -> None:
    text = province.code()
    (province.root / "documents/keys.json").rename(province.root / "keys.json")
    assert trouble_of(new_kiosk.join, text) is Trouble.NOT_READY

    (province.root / "keys.json").rename(province.root / "documents/keys.json")

    assert new_kiosk.join(text).kiosk == KIOSK


def asked(province, method, path, body=b""):
    context = ssl.create_default_context(cafile=str(province.root / "tls/ca.pem"))
    connection = http.client.HTTPSConnection(
        "127.0.0.1", province.port, timeout=10, context=context
    )
    connection.request(method, path, body)
    answer = connection.getresponse()
    payload = answer.read()
    connection.close()
    return answer.status, payload


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", b"", 404),
        ("GET", wire.ENROLMENT_PATH, b"", 404),
        ("POST", wire.ENROLMENT_PATH, b"", 400),
        ("POST", wire.ENROLMENT_PATH, b"{}", 400),
        ("POST", wire.ENROLMENT_PATH, b'{"token":"zz","csr":"","venue":"","kiosk":""}', 400),
        ("POST", wire.ENROLMENT_PATH, b"x" * 5_000, 413),
        ("POST", wire.RENEWAL_PATH, b'{"csr":""}', 403),
    ],
)
def test_what_is_no_request_gets_a_short_refusal(province, method, path, body, status) -> None:
    found, payload = asked(province, method, path, body)

    assert found == status
    assert len(payload) < 200


def test_who_asks_too_often_waits(own_province) -> None:
    own_province.per_minute = 3
    own_province.write_settings()
    with own_province.endpoint():
        statuses = [asked(own_province, "GET", wire.AUTHORITY_PATH)[0] for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]


def test_a_certificate_is_renewed_by_who_shows_it(province, new_kiosk, tmp_path) -> None:
    given = new_kiosk.join(province.code())
    files = files_of(given, new_kiosk.key, tmp_path / "kiosk")

    fresh = renewed(f"https://127.0.0.1:{province.port}", csr_of(new_kiosk.key, KIOSK), *files)

    assert fresh != given.certificate
    assert is_for(fresh, new_kiosk.key, KIOSK)


def test_another_key_gets_no_certificate_by_renewing(
    province, new_kiosk, another_kiosk, tmp_path
) -> None:
    given = new_kiosk.join(province.code())
    files = files_of(given, new_kiosk.key, tmp_path / "kiosk")
    address = f"https://127.0.0.1:{province.port}"

    trouble = trouble_of(renewed, address, csr_of(another_kiosk.key, KIOSK), *files)

    assert trouble is Trouble.UNKNOWN


def test_who_is_registered_no_more_is_shut_out_and_stays_out(
    own_province, new_kiosk, another_kiosk, tmp_path, wait_until
) -> None:
    text = own_province.code()
    with own_province.endpoint():
        given = new_kiosk.join(text)
        files = files_of(given, new_kiosk.key, tmp_path / "kiosk")
        assert takes_events(own_province.broker_port, files)

        kiosk = own_province.registry.kiosk(KIOSK)
        own_province.registry.remove_kiosk(KIOSK)
        wait_until(lambda: own_province.registry.admission(KIOSK).revoked_at, "shut out", 20.0)

        assert [(each.act, each.about["kiosk"]) for each in own_province.audit.entries()] == [
            ("kiosk_shut_out", KIOSK),
            ("kiosk_admitted", KIOSK),
        ]
        assert not takes_events(own_province.broker_port, files)
        address = f"https://127.0.0.1:{own_province.port}"
        assert trouble_of(renewed, address, csr_of(new_kiosk.key, KIOSK), *files) is Trouble.REVOKED
        # also under its old name, registered again, with the code it has used or another key
        own_province.registry.put(kiosks=[kiosk])
        assert trouble_of(new_kiosk.join, text) is Trouble.REVOKED
        assert trouble_of(another_kiosk.join, text) is Trouble.REVOKED
        assert not takes_events(own_province.broker_port, files)
