"""docs/questions.md names what the code knows."""

import dataclasses
from pathlib import Path

import pytest

from kiosk.questions import Kind, Question

DOC = (Path(__file__).parents[3] / "docs" / "questions.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_question_is_explained(kind: Kind) -> None:
    assert f"| `{kind}` |" in DOC


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Question)])
def test_every_key_of_a_question_is_explained(field: str) -> None:
    assert f"| `{field}` |" in DOC or (field == "options" and "[[question.option]]" in DOC)
