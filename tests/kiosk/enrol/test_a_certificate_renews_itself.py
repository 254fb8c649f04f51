"""Half of its life is enough: with a real endpoint, and lives of seconds."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from bench.joining import KIOSK, Province
from kiosk import config
from kiosk.bootstrap.firstboot import enrol
from kiosk.bootstrap.renewing import renewal_of
from kiosk.cli import main
from kiosk.enrol.renewal import Renewal, Renewing
from kiosk.enrol.trouble import NotJoined, Trouble
from kiosk.errors import KioskError
from kiosk.simulation.ports import free_port

pytestmark = pytest.mark.broker
LIFE_S = 8.64


@pytest.fixture
def joined(province, kiosk_toml) -> config.Config:
    enrol(kiosk_toml, province.code())
    return config.load(kiosk_toml)


def ends_at(found: config.Config) -> datetime:
    pem = found.uplink.certificate_file.read_bytes()
    return x509.load_pem_x509_certificate(pem).not_valid_after_utc


def renewal_in(found: config.Config, days: float) -> Renewal:
    uplink = found.uplink
    return Renewal(
        found.enrolment.address,
        uplink.ca_file,
        uplink.certificate_file,
        uplink.key_file,
        lambda: datetime.now(UTC) + timedelta(days=days),
    )


@pytest.mark.parametrize(("days", "is_due"), [(0, False), (182, False), (183, True)])
def test_it_is_due_at_half_its_life(joined, days, is_due) -> None:
    before = joined.uplink.certificate_file.read_bytes()

    assert renewal_in(joined, days).turn() is is_due

    assert (joined.uplink.certificate_file.read_bytes() != before) is is_due


def test_a_collector_that_is_away_leaves_the_old_one(joined) -> None:
    uplink = joined.uplink
    away = Renewal(
        "https://127.0.0.1:9",
        uplink.ca_file,
        uplink.certificate_file,
        uplink.key_file,
        lambda: datetime.now(UTC),
    )
    before = uplink.certificate_file.read_bytes()

    with pytest.raises(NotJoined) as caught:
        away.turn(at_once=True)

    assert caught.value.trouble is Trouble.NO_NETWORK
    assert uplink.certificate_file.read_bytes() == before


def test_the_command_says_what_it_did(joined, kiosk_toml, capsys) -> None:
    assert main(["renew", "--config", str(kiosk_toml)]) == 0
    assert main(["renew", "--config", str(kiosk_toml), "--now"]) == 0

    assert capsys.readouterr().out == "not due yet\nrenewed\n"


def test_lives_of_seconds_follow_one_another(tmp_path, kiosk_toml) -> None:
    short = Province(tmp_path / "short", free_port(), free_port(), days=LIFE_S / 86_400)
    short.lay_out()
    try:
        with short.mosquitto(), short.endpoint():
            enrol(kiosk_toml, short.code())
            found = config.load(kiosk_toml)
            first = ends_at(found)
            renewing = Renewing(renewal_of(found), every_s=0.2)
            renewing.open()
            deadline_s = time.monotonic() + 3 * LIFE_S
            # beyond the end of the first there is a later one, twice
            while ends_at(found) < first + timedelta(seconds=LIFE_S - 1):
                assert time.monotonic() < deadline_s
                assert ends_at(found) > datetime.now(UTC)
                time.sleep(0.1)
            renewing.close()
    except KioskError as error:
        pytest.skip(str(error))
    assert found.kiosk.id == KIOSK
