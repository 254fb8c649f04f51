import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.credentials import classify
from kiosk.domain.identity import CodeKind, Identity, NotPersonal, Scheme, Sex

CCCD = "084190000000|334000000|Thạch Thị Sa Rây|05091990|Nữ|Ấp Sóc Ớt, Long Hiệp, Trà Cú, Trà Vinh|15042021"
CAN_CUOC = "084190000000||Thạch Thị Sa Rây|05091990|Nữ|Xã Long Hiệp, Vĩnh Long|04102025||||"
NATIONAL = (
    "084190000000|THACH THI SA RAY|1990-09-05|0|100000000000000001|<2<GD4840000000000<0900000000"
)
MASKED = "******000000|THACH THI SA RAY|1990-**-**|0|100000000000000001|<2<<"
PROXY = "084200000000|SON MINH|2000-02-01|1|100000000000000002|100000000000000001<1<<0900000000"


def identifiers(text):
    return [(i.scheme, i.value) for i in classify(text.encode()).identifiers]


@pytest.mark.parametrize(
    ("text", "kind", "name", "birth", "sex"),
    [
        (CCCD, CodeKind.CCCD, "Thạch Thị Sa Rây", "1990-09-05", Sex.FEMALE),
        (CAN_CUOC, CodeKind.CAN_CUOC, "Thạch Thị Sa Rây", "1990-09-05", Sex.FEMALE),
        (NATIONAL, CodeKind.NATIONAL_QR, "THACH THI SA RAY", "1990-09-05", Sex.FEMALE),
        (MASKED, CodeKind.NATIONAL_QR, "THACH THI SA RAY", "1990", Sex.FEMALE),
        (PROXY, CodeKind.NATIONAL_QR, "SON MINH", "2000-02-01", Sex.MALE),
    ],
)
def test_the_codes_of_people_tell_who_they_are(text, kind, name, birth, sex):
    person = classify(text.encode())

    assert isinstance(person, Identity)
    assert (person.kind, person.name, person.birth, person.sex) == (kind, name, birth, sex)


def test_a_card_is_keyed_by_its_number_and_knows_the_old_one():
    assert identifiers(CCCD) == [(Scheme.CCCD, "084190000000"), (Scheme.CMND, "334000000")]


def test_a_national_qr_is_keyed_by_its_qid_first():
    assert identifiers(NATIONAL) == [
        (Scheme.QID, "100000000000000001"),
        (Scheme.CCCD, "084190000000"),
        (Scheme.BHYT, "0000000000"),
    ]


def test_a_masked_number_identifies_nobody():
    assert identifiers(MASKED) == [(Scheme.QID, "100000000000000001")]


def test_a_code_made_by_somebody_else_says_so():
    assert classify(PROXY.encode()).by_proxy
    assert not classify(NATIONAL.encode()).by_proxy


def test_a_number_that_disagrees_with_the_card_is_a_warning_and_no_refusal():
    text = "001090000000|NGUYEN VAN MAU|1987-01-18|0|100000000000000000|<2<<"

    assert classify(text.encode()).warnings == ("birth_year_differs", "sex_differs")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("00020101021138MADE-UP5303704", "payment"),
        ("https://qr.pccovid.gov.vn/ABCDEF", "place"),
        ("https://example.com/menu", "web"),
        ("WIFI:S:cho;T:WPA;P:khong;;", "wifi"),
        ("BEGIN:VCARD\tFN:Mau", "unreadable"),
        ("MECARD:N:Mau;;", "contact"),
        ("shc:/567629595326546034602925", "health_card"),
        ("8936000000000", "unknown"),
        ("084190000000||  |05091990|Nữ|Trà Vinh|15042021", "malformed"),
        ("084190000000||Thạch|31021990|Nữ|Trà Vinh|15042021", "malformed"),
        ("084190000000|THACH|1990-09-05|0|not-a-number|<2<<", "malformed"),
        ("０８４190000000||Thạch|05091990|Nữ|Trà Vinh|15042021", "unknown"),
        ("", "unreadable"),
    ],
)
def test_everything_else_gets_its_reason(text, reason):
    assert classify(text.encode()) == NotPersonal(reason)


@pytest.mark.parametrize("wrapped", ["\ufeff{}", "{}\r\n", "  {}  ", "{}\x00\x00"])
def test_what_apps_add_around_a_code_does_not_matter(wrapped):
    assert classify(wrapped.format(CCCD).encode()) == classify(CCCD.encode())


def test_a_name_in_decomposed_letters_is_the_same_name():
    import unicodedata

    decomposed = unicodedata.normalize("NFD", CCCD).encode()

    assert classify(decomposed) == classify(CCCD.encode())


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a" * 3001, CCCD.encode() + b"\x07", b"|" * 60])
def test_hostile_bytes_identify_nobody(data):
    assert isinstance(classify(data), NotPersonal)


@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(data):
    assert isinstance(classify(data), Identity | NotPersonal)


@given(st.lists(st.text(max_size=20), max_size=14).map("|".join))
def test_any_fields_get_an_answer_and_an_identity_has_an_identifier(text):
    shown = classify(text.encode(errors="ignore"))

    assert isinstance(shown, NotPersonal) or shown.identifiers
