import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from collector import config
from collector.errors import CollectorError
from collector.registry import enrolment
from collector.registry.enrolment import EnrolmentRefused
from collector.registry.port import Admission
from kiosk.wire import enrolment as wire
from kiosk.wire.enrolment_answer import Denial
from kiosk.wire.errors import Refusal, WireError

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY, OTHER_KEY = bytes(32), b"k" * 32


@pytest.fixture
def settings(tls: Path, tmp_path: Path) -> config.CollectorConfig:
    file = tmp_path / "collector.toml"
    file.write_text(
        f"""\
[broker]
ca_file = "{tls}/ca.pem"
[enrolment]
address = "https://thuthap.example.vn:8443"
[registry]
enrolment_key_file = "enrolment.key"
"""
    )
    return config.load(file)


@pytest.fixture
def site(settings) -> enrolment.Site:
    return enrolment.site(settings)


@pytest.fixture
def permit(registry, site) -> enrolment.Permit:
    return enrolment.permit(registry, registry.kiosk("cho-mau-1"), site, NOW)


def test_the_code_says_where_to_go_and_how_to_know_the_place(permit, tls: Path) -> None:
    code = wire.decode(permit.text)

    certificate = x509.load_pem_x509_certificate((tls / "ca.pem").read_bytes())
    assert code.address == "https://thuthap.example.vn:8443"
    assert (code.venue, code.kiosk) == ("cho-mau", "cho-mau-1")
    assert code.fingerprint == certificate.fingerprint(hashes.SHA256())
    assert code.expires_at == NOW + timedelta(minutes=15)


def test_the_code_is_small_enough_for_a_kiosks_camera_and_is_read_back(permit, tmp_path) -> None:
    file = tmp_path / "code.png"
    permit.qr.save(str(file), scale=4)

    (found,) = zxingcpp.read_barcodes(Image.open(file))

    assert len(permit.text) < 400
    assert permit.qr.symbol_size(scale=4)[0] <= 372  # lines of 720, as in the facts
    assert found.text == permit.text


def redeemed(registry, token: bytes, now: datetime, key: bytes = KEY, kiosk: str = "cho-mau-1"):
    return enrolment.redeem(registry, token, "cho-mau", kiosk, key, now)


def test_a_token_lets_one_key_in_and_that_key_again_when_the_answer_was_lost(
    registry, permit
) -> None:
    token = wire.decode(permit.text).token

    let_in = redeemed(registry, token, NOW + timedelta(minutes=1))
    again = redeemed(registry, token, NOW + timedelta(minutes=30))

    assert (let_in.venue, let_in.id) == ("cho-mau", "cho-mau-1")
    assert again == let_in
    with pytest.raises(EnrolmentRefused) as caught:
        redeemed(registry, token, NOW + timedelta(minutes=2), key=OTHER_KEY)
    assert caught.value.reason is Denial.USED


@pytest.mark.parametrize(
    ("after", "is_let_in"),
    [
        (timedelta(0), True),
        (timedelta(minutes=15, milliseconds=-1), True),
        (timedelta(minutes=15), False),
        (timedelta(days=2), False),
    ],
)
def test_a_token_is_over_after_fifteen_minutes(registry, permit, after, is_let_in) -> None:
    token = wire.decode(permit.text).token

    if is_let_in:
        assert redeemed(registry, token, NOW + after).id == "cho-mau-1"
    else:
        with pytest.raises(EnrolmentRefused) as caught:
            redeemed(registry, token, NOW + after)
        assert caught.value.reason is Denial.EXPIRED


def test_a_token_nobody_has_given_lets_nobody_in(registry, permit) -> None:
    with pytest.raises(EnrolmentRefused) as caught:
        redeemed(registry, bytes(16), NOW)

    assert caught.value.reason is Denial.UNKNOWN


@pytest.mark.parametrize(
    ("venue", "kiosk"), [("truong-mau", "cho-mau-1"), ("cho-mau", "cho-mau-9")]
)
def test_a_token_for_another_place_lets_nobody_in_and_is_not_used_up(
    registry, permit, venue, kiosk
) -> None:
    token = wire.decode(permit.text).token

    with pytest.raises(EnrolmentRefused) as caught:
        enrolment.redeem(registry, token, venue, kiosk, KEY, NOW)

    assert caught.value.reason is Denial.FOREIGN
    assert redeemed(registry, token, NOW, key=OTHER_KEY).id == "cho-mau-1"


def test_a_kiosk_that_was_shut_out_gets_no_code(registry, site) -> None:
    registry.put_admission(Admission("cho-mau-1", KEY, NOW, NOW))

    with pytest.raises(CollectorError, match="under another id"):
        enrolment.permit(registry, registry.kiosk("cho-mau-1"), site, NOW)


def test_of_many_keys_that_come_at_the_same_moment_one_is_let_in(registry, permit) -> None:
    token = wire.decode(permit.text).token
    outcomes: list[str] = []
    together = threading.Barrier(8)

    def come(number: int) -> None:
        together.wait()
        try:
            outcomes.append(redeemed(registry, token, NOW, key=bytes([number]) * 32).id)
        except EnrolmentRefused as error:
            outcomes.append(error.reason)

    threads = [threading.Thread(target=come, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["cho-mau-1", *[Denial.USED] * 7]


@pytest.mark.parametrize(
    "wifi", [wire.Wifi("Cho Mau"), wire.Wifi("Chợ Mẫu 2.4 GHz", "mat khau 12345")]
)
def test_the_code_may_bring_a_network_and_stays_small(registry, site, wifi) -> None:
    made = enrolment.permit(registry, registry.kiosk("cho-mau-1"), site, NOW, wifi)

    assert wire.decode(made.text).wifi == wifi
    assert len(made.text) < 600
    assert "mat khau" not in repr(wire.decode(made.text))


@pytest.mark.parametrize(("name", "passphrase"), [("", "x" * 8), ("a", "short"), ("x" * 33, "")])
def test_a_network_that_cannot_be_makes_no_code(registry, site, name, passphrase) -> None:
    wifi = wire.Wifi(name, passphrase)

    with pytest.raises(CollectorError, match="Wi-Fi"):
        enrolment.permit(registry, registry.kiosk("cho-mau-1"), site, NOW, wifi)


def test_the_token_itself_is_nowhere_on_the_disk(permit, tmp_path: Path) -> None:
    token = wire.decode(permit.text).token

    for file in tmp_path.glob("registry.db*"):
        assert token not in file.read_bytes()
    assert repr(token) not in repr(wire.decode(permit.text))


def test_the_key_is_made_once_and_for_its_owner_alone(settings, site) -> None:
    file = settings.registry.enrolment_key_file

    again = enrolment.site(settings)

    assert again.key.private_bytes_raw() == site.key.private_bytes_raw()
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_an_address_for_kiosks_no_code_is_made(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("")

    with pytest.raises(CollectorError, match=r"\[enrolment\] address"):
        enrolment.site(config.load(tmp_path / "c.toml"))


def test_a_code_that_was_changed_anywhere_is_refused(permit) -> None:
    for at in range(len(wire.PREFIX), len(permit.text)):
        other = "A" if permit.text[at] != "A" else "B"
        with pytest.raises(WireError):
            wire.decode(permit.text[:at] + other + permit.text[at + 1 :])


@given(st.one_of(st.text(), st.text("ABCDEF0123456789", max_size=700).map(wire.PREFIX.__add__)))
def test_any_text_is_a_code_or_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        wire.decode(text)


def test_an_address_too_long_for_the_code_is_refused(site) -> None:
    code = wire.EnrolmentCode("https://" + "x" * 300, "v", "k", bytes(32), NOW, bytes(16))

    with pytest.raises(WireError) as caught:
        wire.encode(code, site.key)

    assert caught.value.reason is Refusal.TOO_LARGE
