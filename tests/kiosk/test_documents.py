"""The last good document of each kind: kept over a restart, and never replaced by an older or a false one."""

import os
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk import document_bodies
from kiosk.config import Config, KioskSettings
from kiosk.documents import Documents, authority_keys
from kiosk.domain.policy import Policy
from kiosk.domain.visit import Door
from kiosk.errors import ConfigError
from kiosk.questions.load import SHIPPED, shipped
from kiosk.wire import documents, signed
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.errors import WireError

AUTHORITY = Ed25519PrivateKey.generate()
AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def paper(kind, version, body, key=AUTHORITY, kiosk=""):
    return documents.sign(Document(kind, version, AT, body, kiosk), key)


def policy(version, hours, key=AUTHORITY):
    return paper(DocumentKind.POLICY, version, {"declaration_valid_h": hours}, key)


def hours(held):
    return document_bodies.policy(held.get(DocumentKind.POLICY), Policy()).declaration_validity


@pytest.fixture
def held(tmp_path):
    return opened(tmp_path)


def opened(folder):
    found = Documents(folder / "documents", "gate-1", signed.by_id([AUTHORITY.public_key()]))
    found.read()
    return found


def test_a_document_counts_from_when_it_comes_and_after_a_restart(held, tmp_path):
    assert hours(held) == timedelta(hours=24)

    held.take(DocumentKind.POLICY, policy(1, 12))

    assert hours(held) == hours(opened(tmp_path)) == timedelta(hours=12)
    assert held.ages_h(AT + timedelta(hours=2)) == {"policy": {"version": 1, "age_h": 2.0}}


def test_the_same_again_is_nothing_new(held):
    held.take(DocumentKind.POLICY, policy(1, 12))

    assert held.take(DocumentKind.POLICY, policy(1, 12)) is None


@pytest.mark.parametrize(
    "false",
    [
        pytest.param(policy(2, 48), id="older"),
        pytest.param(policy(3, 48), id="another of the same version"),
        pytest.param(policy(4, 48, Ed25519PrivateKey.generate()), id="forged"),
        pytest.param(policy(4, 100_000), id="out of all bounds"),
        pytest.param(policy(4, "48"), id="no number"),
        pytest.param(paper(DocumentKind.TRUST, 4, {}), id="of another kind"),
        pytest.param(b"", id="empty"),
    ],
)
def test_what_is_older_or_false_is_refused_and_the_last_good_one_stays(held, tmp_path, false):
    held.take(DocumentKind.POLICY, policy(3, 12))

    with pytest.raises(WireError):
        held.take(DocumentKind.POLICY, false)

    assert hours(held) == hours(opened(tmp_path)) == timedelta(hours=12)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(policy(9, 48, Ed25519PrivateKey.generate()), id="forged"),
        pytest.param(policy(9, 48)[:-9], id="half of it"),
    ],
)
def test_a_file_that_cannot_be_believed_is_not_used(tmp_path, file):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "policy.json").write_bytes(file)

    assert hours(opened(tmp_path)) == timedelta(hours=24)


def test_an_older_file_put_in_place_while_running_does_not_count(held, tmp_path):
    held.take(DocumentKind.POLICY, policy(3, 12))

    (tmp_path / "documents" / "policy.json").write_bytes(policy(2, 48))
    held.read()

    assert hours(held) == timedelta(hours=12)


def test_what_cannot_be_kept_is_not_used(tmp_path):
    if os.geteuid() == 0:
        (tmp_path / "documents").write_bytes(b"a file where the folder should be")
    else:
        tmp_path.chmod(0o500)
    held = opened(tmp_path)

    with pytest.raises(OSError, match="documents"):
        held.take(DocumentKind.POLICY, policy(1, 12))

    assert hours(held) == timedelta(hours=24)


def test_settings_that_came_down_replace_those_of_the_file(held):
    body = {"kiosk": {"door": "both"}, "screen": {"near_communes": ["Phường Trà Vinh"]}}
    held.take(DocumentKind.SETTINGS, paper(DocumentKind.SETTINGS, 1, body, kiosk="gate-1"))
    of_the_file = Config(KioskSettings("gate-1", venue_name="Chợ Mẫu"))

    settled = document_bodies.settled(held.get(DocumentKind.SETTINGS), of_the_file)

    assert (settled.kiosk.door, settled.kiosk.venue_name) == (Door.BOTH, "Chợ Mẫu")
    assert settled.screen.near_communes == ("Phường Trà Vinh",)


@pytest.mark.parametrize(
    "body",
    [
        {"uplink": {"host": "elsewhere.example"}},
        {"kiosk": {"id": "gate-2"}},
        {"authority": {"key_file": "another.pem"}},
        {"kiosk": {"door": "window"}},
        {"kiosk": "in"},
    ],
)
def test_no_setting_from_afar_can_cut_the_kiosk_off_or_stop_it(held, body):
    with pytest.raises(WireError):
        held.take(DocumentKind.SETTINGS, paper(DocumentKind.SETTINGS, 1, body, kiosk="gate-1"))


def test_questions_come_down_as_the_tables_of_their_file(held):
    tables = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))

    held.take(DocumentKind.QUESTIONS, paper(DocumentKind.QUESTIONS, 2, tables))

    assert document_bodies.questions(held.get(DocumentKind.QUESTIONS)) == shipped()


@pytest.mark.parametrize("body", [{}, {"version": 1, "question": [{"id": "a", "option": 5}]}])
def test_questions_that_do_not_hold_together_are_refused(held, body):
    with pytest.raises(WireError):
        held.take(DocumentKind.QUESTIONS, paper(DocumentKind.QUESTIONS, 2, body))


def test_the_authoritys_key_is_read_or_said_to_be_none(tmp_path: Path):
    public = AUTHORITY.public_key()
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    good, other, none = (tmp_path / name for name in ("good", "other", "none"))
    good.write_bytes(public.public_bytes(*form))
    other.write_bytes(ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*form))
    none.write_text("-----BEGIN", encoding="ascii")

    assert authority_keys(good) == signed.by_id([public])
    assert authority_keys(None) == {}
    for path in (other, none, tmp_path / "nowhere"):
        with pytest.raises(ConfigError, match=r"authority\.key_file"):
            authority_keys(path)
