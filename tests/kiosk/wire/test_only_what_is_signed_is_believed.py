import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.wire import commands, documents, receipts, signed
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.keys import AuthorityKeys, SealingKey, current
from kiosk.wire.signed import Purpose

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = signed.by_id([KEY.public_key()])
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
POLICY = Document(DocumentKind.POLICY, 3, AT, {"declaration_valid_h": 24})
COMMAND = commands.Command(
    "01940000-0000-7000-8000-000000000000", "cho-1", "identify", AT, AT + timedelta(minutes=5)
)
RECEIPT = receipts.Receipt("a" * 32, 41, (43,), AT, "b" * 64, 40, "c" * 32)


def refusal(payload: bytes) -> Refusal:
    with pytest.raises(WireError) as refused:
        signed.verified(payload, Purpose.RECEIPT, KEYS)
    return refused.value.reason


def test_what_was_signed_comes_back_whole() -> None:
    assert receipts.verified(receipts.sign(RECEIPT, KEY), KEYS) == RECEIPT
    assert commands.verified(commands.sign(COMMAND, KEY), KEYS) == COMMAND
    assert documents.verified(documents.sign(POLICY, KEY), KEYS) == POLICY


def test_a_receipt_of_a_stranger_is_refused() -> None:
    assert refusal(receipts.sign(RECEIPT, STRANGER)) is Refusal.UNKNOWN_KEY


def test_a_stranger_who_names_our_key_is_refused() -> None:
    forged = json.loads(receipts.sign(RECEIPT, STRANGER)) | {"key": next(iter(KEYS))}

    assert refusal(json.dumps(forged).encode()) is Refusal.BAD_SIGNATURE


def test_an_altered_text_is_refused() -> None:
    altered = receipts.sign(RECEIPT, KEY).replace(b'\\"upto\\":41', b'\\"upto\\":99')

    assert b"99" in altered
    assert refusal(altered) is Refusal.BAD_SIGNATURE


def test_what_was_signed_for_one_purpose_serves_no_other() -> None:
    as_command = signed.sign(receipts.encode(RECEIPT), Purpose.COMMAND, KEY)

    assert refusal(as_command) is Refusal.BAD_SIGNATURE


def test_an_unsigned_receipt_is_refused() -> None:
    with pytest.raises(WireError):
        receipts.verified(receipts.encode(RECEIPT), KEYS)


@given(st.binary(max_size=400))
def test_garbage_is_refused_and_never_an_exception_of_another_kind(garbage: bytes) -> None:
    for verify in (receipts.verified, commands.verified, documents.verified):
        with pytest.raises(WireError):
            verify(garbage, KEYS)


@pytest.mark.parametrize(
    ("kind", "kiosk"), [(DocumentKind.SETTINGS, ""), (DocumentKind.POLICY, "cho-1")]
)
def test_settings_name_their_kiosk_and_nothing_else_does(kind: DocumentKind, kiosk: str) -> None:
    with pytest.raises(WireError):
        documents.sign(Document(kind, 1, AT, {}, kiosk), KEY)


def test_a_trust_list_of_a_country_fits_a_document() -> None:
    certificates = ["x" * 1_000] * 200
    national = Document(DocumentKind.TRUST, 1, AT, {"certificates": certificates})

    assert documents.verified(documents.sign(national, KEY), KEYS) == national


def test_a_document_larger_than_the_contract_is_refused() -> None:
    with pytest.raises(WireError):
        documents.sign(Document(DocumentKind.TRUST, 1, AT, {"all": "x" * 300_000}), KEY)


def sealing_key(valid_from: datetime) -> SealingKey:
    return SealingKey(X25519PrivateKey.generate().public_key(), valid_from)


def test_the_keys_of_the_authority_survive_their_document() -> None:
    older, newer = sealing_key(AT - timedelta(days=30)), sealing_key(AT + timedelta(days=1))
    keys = AuthorityKeys(receipt=KEYS, command=KEYS, ingest=(older, newer), tracing=(older,))

    found = AuthorityKeys.from_body(json.loads(json.dumps(keys.body())))

    assert [key.id for key in found.ingest] == [older.id, newer.id]
    assert [key.id for key in found.tracing] == [older.id]
    assert list(found.receipt) == list(found.command) == list(KEYS)


def test_the_newest_key_whose_time_has_come_is_sealed_to() -> None:
    older, newer = sealing_key(AT - timedelta(days=30)), sealing_key(AT)

    assert current((older, newer), AT - timedelta(seconds=1)) is older
    assert current((older, newer), AT) is newer


def test_a_clock_that_is_behind_all_keys_still_seals() -> None:
    only = sealing_key(AT)

    assert current((only,), datetime(2020, 1, 1, tzinfo=UTC)) is only
    assert current((), AT) is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"receipt": {}},
        {"receipt": [3]},
        {"receipt": [{"key": "?"}], "command": [], "ingest": [], "tracing": []},
        {"receipt": [{"key": "AAAA"}], "command": [], "ingest": [], "tracing": []},
        {"receipt": [], "command": [], "ingest": [{"key": "A" * 43 + "="}], "tracing": []},
    ],
    ids=str,
)
def test_keys_that_are_none_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(WireError):
        AuthorityKeys.from_body(body)
