import unicodedata
from datetime import UTC, datetime

import pytest

from kiosk.credentials import classify
from kiosk.domain.identity import CodeKind, Identity, NotPersonal, Scheme, Sex

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CCCD = "084190000000|334000000|Thạch Thị Sa Rây|05091990|Nữ|Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh|15042021"
CAN_CUOC = "084190000000||Thạch Thị Sa Rây|05091990|Nữ|Xã Long Hiệp, Vĩnh Long|04102025||||"
NATIONAL = (
    "084190000000|THACH THI SA RAY|1990-09-05|0|100000000000000001|<2<GD4840000000000<0900000000"
)


def shown(text: str) -> Identity | NotPersonal:
    return classify(text.encode(), now=NOW)


def keys(identity: Identity) -> list[tuple[str, str]]:
    return [(i.scheme, i.value) for i in identity.identifiers]


def test_a_chip_card_is_keyed_by_its_number_and_then_by_the_old_one():
    card = shown(CCCD)

    assert isinstance(card, Identity)
    assert card.kind is CodeKind.CCCD
    assert keys(card) == [(Scheme.CCCD, "084190000000"), (Scheme.CMND, "334000000")]
    assert (card.name, card.birth, card.sex) == ("Thạch Thị Sa Rây", "1990-09-05", Sex.FEMALE)
    assert card.address == "Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh"
    assert card.proof is None
    assert card.warnings == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param(CCCD, "cccd", id="seven fields, 2021"),
        pytest.param(CCCD + "|", "cccd", id="eight fields, 2021"),
        pytest.param(CCCD.replace("15042021", "30062024"), "cccd", id="the last day of the CCCD"),
        pytest.param(
            CCCD.replace("15042021", "01072024"), "can_cuoc", id="the first day of the next"
        ),
        pytest.param(CAN_CUOC, "can_cuoc", id="eleven fields, the last four empty"),
        pytest.param(CAN_CUOC + "|Ai đó|1|2", "can_cuoc", id="more fields than anybody has seen"),
        pytest.param(
            CCCD.replace("15042021", "99999999"), "cccd", id="a day of issue that never was"
        ),
        pytest.param(
            CAN_CUOC.replace("04102025", "00000000"), "can_cuoc", id="the same with eleven fields"
        ),
    ],
)
def test_the_two_generations_of_the_card_are_told_apart(text, kind):
    card = shown(text)

    assert isinstance(card, Identity)
    assert card.kind == kind
    assert keys(card)[0] == (Scheme.CCCD, "084190000000")


def test_what_follows_the_seventh_field_is_not_kept():
    card = shown(CAN_CUOC.replace("||||", "|Mẹ Bịa|084160000000||"))

    assert isinstance(card, Identity)
    assert keys(card) == [(Scheme.CCCD, "084190000000")]
    assert "Bịa" not in str([getattr(card, name) for name in card.__slots__])


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        ("", []),
        ("334000000", [(Scheme.CMND, "334000000")]),
        ("079190000000", [(Scheme.CCCD, "079190000000")]),
        ("084190000000", []),
        ("33400000", []),
        ("không rõ", []),
    ],
)
def test_the_old_number_counts_where_it_is_one(old, expected):
    card = shown(CCCD.replace("334000000", old))

    assert isinstance(card, Identity)
    assert keys(card)[1:] == expected


@pytest.mark.parametrize(
    ("written", "birth", "warnings"),
    [
        ("05091990", "1990-09-05", ()),
        ("00091990", "1990-09", ()),
        ("00001990", "1990", ()),
        ("1990", "1990", ()),
        ("**091990", "1990-09", ()),
        ("00000000", "", ()),
        ("31021990", "1990", ("birth_date_odd",)),
        ("00131990", "1990", ("birth_date_odd",)),
        ("05091890", "1890-09-05", ("century_differs", "birth_year_odd")),
        ("05091991", "1991-09-05", ("birth_year_differs",)),
        ("05092090", "2090-09-05", ("century_differs", "birth_in_future")),
    ],
)
def test_a_birth_date_may_be_partial_or_wrong_and_the_person_is_still_known(
    written, birth, warnings
):
    card = shown(CCCD.replace("05091990", written))

    assert isinstance(card, Identity)
    assert (card.birth, card.warnings) == (birth, warnings)


def test_a_number_that_contradicts_the_card_is_a_warning_and_no_refusal():
    card = shown(CCCD.replace("084190000000", "185005000000"))

    assert isinstance(card, Identity)
    assert card.warnings == ("province_not_listed", "birth_year_differs", "sex_differs")


def test_a_national_qr_is_keyed_by_its_qid_first():
    person = shown(NATIONAL)

    assert isinstance(person, Identity)
    assert person.kind is CodeKind.NATIONAL_QR
    assert keys(person) == [
        (Scheme.QID, "100000000000000001"),
        (Scheme.CCCD, "084190000000"),
        (Scheme.BHYT, "0000000000"),
    ]
    assert (person.name, person.birth, person.sex) == (
        "THACH THI SA RAY",
        "1990-09-05",
        Sex.FEMALE,
    )
    assert (person.phone, person.by_proxy, person.warnings) == ("0900000000", False, ())


def test_a_masked_national_qr_is_keyed_by_the_qid_alone():
    person = shown("******000000|THACH THI SA RAY|1990-**-**|0|100000000000000001|<2<<")

    assert isinstance(person, Identity)
    assert keys(person) == [(Scheme.QID, "100000000000000001")]
    assert person.birth == "1990"


def test_the_ministrys_kind_of_example_warns_and_is_taken():
    person = shown(
        "001090000000|NGUYEN VAN MAU|1987-01-18|0|100000000000000000|<1<HS4010000000000<0900000000"
    )

    assert isinstance(person, Identity)
    assert person.warnings == ("birth_year_differs",)
    assert person.sex is Sex.MALE


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param("084200000000", [(Scheme.CCCD, "084200000000")], id="the child's own number"),
        pytest.param("084170000000", [], id="a number of somebody born in 1970"),
    ],
)
def test_a_code_made_by_somebody_else_is_not_keyed_by_a_number_that_may_be_theirs(number, expected):
    person = shown(
        f"{number}|SON MINH|2000-02-01|1|100000000000000002|100000000000000001<1<<0900000000"
    )

    assert isinstance(person, Identity)
    assert person.by_proxy
    assert keys(person) == [(Scheme.QID, "100000000000000002"), *expected]


@pytest.mark.parametrize(
    ("number", "scheme"),
    [("334000000", Scheme.CMND), ("C0000000", Scheme.PASSPORT), ("084190000000", Scheme.CCCD)],
)
def test_the_paper_behind_a_national_qr_is_told_by_its_shape(number, scheme):
    person = shown(NATIONAL.replace("084190000000", number))

    assert isinstance(person, Identity)
    assert keys(person)[1] == (scheme, number)


@pytest.mark.parametrize("ext", ["", "<", "<1", "<<<<", "<9<x<y", "1<2<3<4<5<6<7", "<2<<|more"])
def test_the_open_end_of_a_national_qr_may_hold_anything(ext):
    person = shown(f"084190000000|THACH THI SA RAY|1990-09-05|0|100000000000000001|{ext}")

    assert isinstance(person, Identity)
    assert person.identifiers[0].value == "100000000000000001"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("084190000000|A|1989/3/3|0|100000000000000001|", "malformed"),
        ("084190000000|A|1990-09-05|2|100000000000000001|", "malformed"),
        ("084190000000|A|1990-09-05|0||", "malformed"),
        ("084190000000|A|1990-09-05|0|" + "1" * 33 + "|", "malformed"),
        ("084190000000||A|05091990|Nữ|x|1504202", "malformed"),
        ("084190000000||A|5091990|Nữ|x|15042021", "malformed"),
        ("084190000000" + "|" * 50, "malformed"),
        (f"084190000000||{'A' * 301}|05091990|Nữ|x|15042021", "malformed"),
        ("០៨៤១៩០០០០០០០||A|05091990|Nữ|x|15042021", "unknown"),
        ("084190000000|A|1990-09-05|0|100000000000000001", "unknown"),
        ("08419000000||A|05091990|Nữ|x|15042021", "malformed"),
        ("hello", "unknown"),
        ("084190000000||  |05091990|Nữ|x|15042021", "malformed"),
        ("", "unreadable"),
        ("|||||||||||", "unknown"),
    ],
)
def test_what_does_not_hold_together_is_nobody(text, reason):
    assert shown(text) == NotPersonal(reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://qr.pccovid.gov.vn/AbCdEf", "place"),
        ("HTTPS://QR.TOKHAIYTE.VN/x", "place"),
        ("https://qr.pccovid.gov.vn.evil.example/", "web"),
        ("https://example.org/084190000000", "web"),
        ("http://[::1", "web"),
        ("00020101021138000000MADE-UP5303704", "payment"),
        ("WIFI:T:WPA;S=cho;P:x;;", "wifi"),
        ("wifi:T:WPA;;", "wifi"),
        ("BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n", "contact"),
        ("MECARD:N:Mau;;", "contact"),
        ("shc:/5676", "health_card"),
        ('{"hdr":{}}', "health_card"),
    ],
)
def test_everybodys_codes_are_told_apart(text, reason):
    assert shown(text) == NotPersonal(reason)


def test_the_collectors_own_address_is_a_place_where_it_is_configured():
    found = classify(b"https://portal.example/v/1", place_hosts={"portal.example"})

    assert found == NotPersonal("place")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(CCCD.encode("utf-16"), id="UTF-16"),
        pytest.param(CCCD.encode()[:26], id="cut within a letter"),
        pytest.param(b"1" * 3001, id="longer than any QR code"),
        pytest.param(CCCD.encode().replace(b"Long", b"Lo\x00ng"), id="a NUL inside"),
        pytest.param(CCCD.replace("Long", "Lo\x1dng").encode(), id="a group separator inside"),
        pytest.param(CCCD.replace("Long", "Lo\x85ng").encode(), id="a C1 control"),
        pytest.param(CCCD.replace("Long", "Lo\u202eng").encode(), id="text turned around"),
    ],
)
def test_bytes_that_are_no_plain_text_are_unreadable(data):
    assert classify(data, now=NOW) == NotPersonal("unreadable")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbf" + CCCD.encode(), id="a BOM before it"),
        pytest.param(CCCD.encode() + b"\r\n", id="a line end, as readers with keys send"),
        pytest.param(CCCD.encode() + b"\x00\x00", id="trailing NULs"),
        pytest.param(b"  " + CCCD.encode() + b" ", id="outer spaces"),
    ],
)
def test_what_readers_add_around_a_code_is_no_part_of_it(data):
    assert classify(data, now=NOW) == shown(CCCD)


def test_the_same_letters_typed_on_two_keyboards_are_one_name():
    decomposed = unicodedata.normalize("NFD", CCCD)

    assert decomposed != CCCD
    assert shown(decomposed) == shown(CCCD)


def test_nothing_personal_is_in_the_repr_of_an_identity():
    card = shown(CCCD)

    assert "084190000000" not in repr(card)
    assert "Rây" not in repr(card)
