"""What answers mean, on a small set written for these tests and on the shipped one."""

import unicodedata
from pathlib import Path

import pytest

from kiosk.domain.declaration import Risk
from kiosk.questions import Kind, assess, load, shipped, unanswered

HEALTHY = {
    "name": "Thạch Thị Mẫu",
    "birth": "1990",
    "sex": "female",
    "phone": "",
    "number": "",
    "commune": "Trà Vinh",
    "symptoms": (),
    "contact": "no",
    "travel": "no",
}


def test_somebody_with_nothing_to_report_is_no_risk() -> None:
    assert assess(shipped(), HEALTHY) is Risk.NONE


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"symptoms": ("fever",)}, id="one symptom"),
        pytest.param({"symptoms": ("cough", "tired")}, id="two symptoms"),
        pytest.param({"contact": "yes"}, id="a contact"),
    ],
)
def test_a_symptom_or_a_contact_is_a_declared_risk(changed: dict[str, object]) -> None:
    assert assess(shipped(), {**HEALTHY, **changed}) is Risk.DECLARED


def test_having_travelled_is_recorded_and_refers_nobody() -> None:
    assert assess(shipped(), {**HEALTHY, "travel": "yes"}) is Risk.NONE


def test_an_answer_that_the_set_does_not_know_refers_nobody() -> None:
    assert assess(shipped(), {**HEALTHY, "symptoms": ("hiccup",), "old": "yes"}) is Risk.NONE


def test_what_is_not_answered_yet_is_told_in_the_order_of_the_set() -> None:
    given = {key: value for key, value in HEALTHY.items() if key not in ("travel", "birth")}

    left = unanswered(shipped(), given)

    assert [question.id for question in left] == ["birth", "travel"]


@pytest.mark.parametrize(
    ("question", "answer", "counts"),
    [
        pytest.param("phone", "", True, id="no phone is an answer"),
        pytest.param("name", "", False, id="no name is none"),
        pytest.param("symptoms", (), True, id="none of these is an answer"),
    ],
)
def test_an_empty_answer_counts_only_where_the_set_offers_it(
    question: str, answer: str | tuple[str, ...], counts: bool
) -> None:
    left = unanswered(shipped(), {**HEALTHY, question: answer})

    assert (question not in [each.id for each in left]) is counts


def test_a_venue_can_make_a_question_of_its_own_without_code(tmp_path: Path) -> None:
    file = tmp_path / "market.toml"
    file.write_text(
        """
version = 7
title = { vi = "a", km = "b", en = "c" }

[[question]]
id = "stall"
kind = "text"
required = false
text = { vi = "Quầy số mấy?", km = "b", en = "Which stall?" }

[[question]]
id = "cold"
kind = "one"
text = { vi = "a", km = "b", en = "A cold?" }

[[question.option]]
id = "yes"
text = { vi = "a", km = "b", en = "Yes" }
refer = true

[[question.option]]
id = "no"
text = { vi = "a", km = "b", en = "No" }
""",
        encoding="utf-8",
    )

    questions = load(file)

    assert (questions.version, questions.days) == (7, 14)
    assert [question.kind for question in questions.questions] == [Kind.TEXT, Kind.ONE]
    assert unanswered(questions, {"cold": "no"}) == ()
    assert assess(questions, {"cold": "yes"}) is Risk.DECLARED


def test_the_shipped_set_asks_what_the_issue_names() -> None:
    kinds = [question.kind for question in shipped().questions]

    assert kinds == [
        "name",
        "year",
        "sex",
        "phone",
        "id_number",
        "commune",
        "several",
        "one",
        "one",
    ]


def test_a_khmer_wording_counts_as_unreviewed_until_it_is_signed(tmp_path: Path) -> None:
    words = '{ vi = "a", km = "b", en = "c" }'
    signed = '{ vi = "a", km = "b", en = "c", km_reviewed = "Thạch Thị Mẫu, 2026-12-01" }'
    file = tmp_path / "set.toml"
    file.write_text(
        f'version = 1\ntitle = {signed}\n[[question]]\nid = "a"\nkind = "text"\ntext = {words}\n',
        encoding="utf-8",
    )

    assert load(file).unreviewed() == 1


def test_every_wording_of_the_shipped_set_is_composed_text() -> None:
    for text in shipped().texts():
        for language in ("vi", "km", "en"):
            words = text.of(language)
            assert words == unicodedata.normalize("NFC", words)
