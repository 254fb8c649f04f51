import dataclasses
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.declaration import Consent
from kiosk.domain.identity import CodeKind, Identifier, Identity, Scheme, Sex
from kiosk.privacy.parts import Link, PartError, contact_of, link_of, parse_link
from kiosk.privacy.sealing import Context, Part, SealError, opened, seal
from kiosk.wire import events
from kiosk.wire.data import VISIT, Sealed, VisitData
from kiosk.wire.events import Event
from kiosk.wire.keys import SealingKey
from kiosk.wire.strict_json import MAX_BYTES

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
CONTEXT = Context("01940000-0000-7000-8000-000000000000", "cho-1", "a" * 32, 7)
HOA = Identity(
    kind=CodeKind.CCCD,
    identifiers=(Identifier(Scheme.CCCD, "084090000000"), Identifier(Scheme.CMND, "330000000")),
    name="Thạch Thị Hoa",
    birth="1990-02-03",
    sex=Sex.FEMALE,
    address="Ấp Mẫu, Trà Vinh",
)


@pytest.fixture
def private() -> X25519PrivateKey:
    return X25519PrivateKey.generate()


@pytest.fixture
def key(private: X25519PrivateKey) -> SealingKey:
    return SealingKey(private.public_key(), AT)


def test_the_holder_of_the_key_opens_it(private: X25519PrivateKey, key: SealingKey) -> None:
    sealed = seal(Part.LINK, b"who", key, CONTEXT)

    plain = opened(Part.LINK, sealed, private, CONTEXT)

    assert plain == b"who"
    assert sealed.key == key.id
    assert len(sealed.ciphertext) == len(b"who") + 48


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"event_id": "01940000-0000-7000-8000-000000000001"},
        {"kiosk": "cho-2"},
        {"stream": "b" * 32},
        {"seq": 8},
    ],
    ids=str,
)
def test_a_part_moved_to_another_event_does_not_open(
    private: X25519PrivateKey, key: SealingKey, elsewhere: dict[str, str | int]
) -> None:
    sealed = seal(Part.CONTACT, b"who", key, CONTEXT)

    with pytest.raises(SealError):
        opened(Part.CONTACT, sealed, private, dataclasses.replace(CONTEXT, **elsewhere))


def test_a_link_does_not_pass_for_a_contact(private: X25519PrivateKey, key: SealingKey) -> None:
    sealed = seal(Part.LINK, b"who", key, CONTEXT)

    with pytest.raises(SealError):
        opened(Part.CONTACT, sealed, private, CONTEXT)


def test_another_key_opens_nothing(key: SealingKey) -> None:
    sealed = seal(Part.LINK, b"who", key, CONTEXT)

    with pytest.raises(SealError):
        opened(Part.LINK, sealed, X25519PrivateKey.generate(), CONTEXT)


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_an_exception_of_another_kind(garbage: bytes) -> None:
    with pytest.raises(SealError):
        opened(Part.LINK, Sealed("0" * 16, garbage), X25519PrivateKey.generate(), CONTEXT)


def test_a_link_says_by_what_somebody_is_known_and_no_more() -> None:
    plain = link_of(HOA)

    assert plain is not None
    assert parse_link(plain) == Link(HOA.identifiers, "thach thi hoa", "1990")
    assert b"Tr\xc3\xa0 Vinh" not in plain


def test_somebody_without_identifiers_has_no_link() -> None:
    assert link_of(Identity(kind=CodeKind.FORM, identifiers=())) is None


def test_a_contact_holds_the_answers_and_what_was_agreed_to() -> None:
    plain = contact_of(HOA, {"fever": "no", "symptoms": ("cough",)}, Consent("v1", "km"))

    assert plain is not None
    assert json.loads(plain) == {
        "name": "Thạch Thị Hoa",
        "birth": "1990-02-03",
        "sex": "female",
        "address": "Ấp Mẫu, Trà Vinh",
        "answers": {"fever": "no", "symptoms": ["cough"]},
        "consent": {"text": "v1", "language": "km"},
    }


def test_nothing_known_makes_no_contact() -> None:
    assert contact_of(Identity(kind=CodeKind.FORM, identifiers=())) is None


def test_answers_too_long_to_send_are_refused_before_they_are_stored() -> None:
    with pytest.raises(PartError):
        contact_of(HOA, {"other": "x" * 4_000})


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_was_sealed_as_a_link_parses_or_is_refused(plain: bytes) -> None:
    try:
        link = parse_link(plain)
    except PartError:
        return

    assert link.identifiers


@pytest.mark.parametrize(
    "plain",
    [
        b"{}",
        b"[]",
        b'{"ids":[]}',
        b'{"ids":[["cccd"]]}',
        b'{"ids":[["cccd",5]]}',
        b'{"ids":[["nothing","1"]]}',
        b'{"ids":[["cccd",""]]}',
        b'{"ids":[["cccd","1"]],"name":3}',
    ],
)
def test_a_link_that_is_none_is_refused(plain: bytes) -> None:
    with pytest.raises(PartError):
        parse_link(plain)


def test_no_code_however_long_its_fields_grows_an_event_beyond_the_contract(
    key: SealingKey,
) -> None:
    long = "\U00010437" * 300  # four bytes each, as long as a field of a code may be
    hostile = Identity(
        kind=CodeKind.DCC,
        identifiers=tuple(Identifier(Scheme.CERTIFICATE, f"{n}{long}") for n in range(2)),
        name=f"{long} {long}",
        birth="1990-02-03",
        phone=long,
        address=long,
    )
    link, contact = link_of(hostile), contact_of(hostile)
    assert link is not None
    assert contact is not None

    what = VisitData(
        *("missing", "cannot_check", "unknown", "dcc", None),
        seal(Part.LINK, link, key, CONTEXT),
        seal(Part.CONTACT, contact, key, CONTEXT),
    )
    event = Event(
        id=CONTEXT.event_id,
        kiosk="k" * 40,
        type=VISIT,
        at=AT,
        time_quality="unknown",
        stream="a" * 32,
        seq=2**31 - 1,
        boot_id="3b1f6c1e-6a0e-4c53-9f4e-0a4f3f3f9d11",
        boottime_ns=2**62,
        data=what,
        prev_hash="a" * 64,
    )

    assert len(events.encode(event)) <= MAX_BYTES
