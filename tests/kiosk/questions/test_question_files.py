"""A wrong question file is refused with everything that is wrong in it, in words that find the place."""

from pathlib import Path

import pytest

from kiosk.questions import QuestionsError, load

WORDS = '{ vi = "a", km = "b", en = "c" }'
GOOD = f"""
version = 1
title = {WORDS}

[[question]]
id = "name"
kind = "name"
text = {WORDS}
"""


def problems_of(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "set.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionsError) as caught:
        load(file)
    assert str(file) in str(caught.value)
    return caught.value.problems


def test_the_smallest_good_file_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text(GOOD, encoding="utf-8")

    assert load(file).questions[0].id == "name"


@pytest.mark.parametrize(
    ("replaced", "by", "told"),
    [
        pytest.param("version = 1", "version = 0", "version must be a whole number", id="version"),
        pytest.param("version = 1", "", "version must be a whole number", id="no version"),
        pytest.param(
            'kind = "name"', 'kind = "nam"', "question name: kind must be one of", id="kind"
        ),
        pytest.param('km = "b", ', "", "title: no words for km", id="a language is missing"),
        pytest.param('id = "name"', 'id = "Họ tên"', "id must be small letters", id="id"),
        pytest.param('id = "name"', 'id = "check"', "taken by a page", id="reserved id"),
        pytest.param(
            'kind = "name"', 'kind = "one"', "needs more [[question.option]]", id="options"
        ),
        pytest.param(
            'kind = "name"', 'kind = "name"\nrequired = "yes"', "must be true or false", id="flag"
        ),
        pytest.param('kind = "name"', 'kind = "name"\ncolour = 1', "colour is not known", id="key"),
        pytest.param("[[question]]", "[[quest]]", "no [[question]] in it", id="no questions"),
        pytest.param("version = 1", "version = ", "Invalid value", id="no TOML"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, replaced: str, by: str, told: str) -> None:
    problems = problems_of(tmp_path, GOOD.replace(replaced, by))

    assert any(told in problem for problem in problems), problems


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    wrong = GOOD.replace("version = 1", "version = 0").replace('kind = "name"', 'kind = "x"')

    assert len(problems_of(tmp_path, wrong)) == 2


def test_the_same_question_twice_is_refused(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("[[question]]") :]

    assert "question name stands there twice" in problems_of(tmp_path, twice)


def test_a_file_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match=r"nowhere\.toml: cannot be read"):
        load(tmp_path / "nowhere.toml")
