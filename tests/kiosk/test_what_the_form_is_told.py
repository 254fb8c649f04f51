"""The form's settings are read when the kiosk starts: a slip in them is told before a visitor meets it."""

import pytest

from kiosk import config
from kiosk.bootstrap.asked import near_communes, own_questions
from kiosk.errors import ConfigError
from kiosk.questions.load import SHIPPED


@pytest.fixture
def written(tmp_path):
    def write(line):
        file = tmp_path / "kiosk.toml"
        file.write_text(f'[kiosk]\nid = "gate-1"\n[screen]\n{line}\n', encoding="utf-8")
        return config.load(file)

    return write


def test_the_venues_commune_and_those_around_it_are_offered(written):
    codes = near_communes(written('near_communes = ["Phường Trà Vinh", "29254"]'))

    assert codes[:2] == ["29242", "29254"]
    assert len(codes) > 2


def test_a_slip_names_the_setting_and_what_was_meant(written):
    settings = written('near_communes = ["Phường Trà Vin"]')

    with pytest.raises(ConfigError) as refused:
        near_communes(settings)

    [problem] = refused.value.problems
    assert problem.startswith("screen.near_communes: 'Phường Trà Vin'")
    assert "29242 Phường Trà Vinh" in problem


def test_without_the_setting_no_commune_is_offered(written):
    assert near_communes(written("")) == []


def test_a_venue_asks_its_own_questions_without_code(written, tmp_path):
    own = SHIPPED.read_text(encoding="utf-8").replace("version = 1", "version = 7", 1)
    (tmp_path / "ours.toml").write_text(own, encoding="utf-8")

    asked = own_questions(written('questions_file = "ours.toml"'))

    assert asked is not None
    assert asked.version == 7


def test_questions_that_do_not_hold_together_stop_the_start_and_say_why(written, tmp_path):
    (tmp_path / "ours.toml").write_text("version = 0\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"screen\.questions_file: .*ours\.toml"):
        own_questions(written('questions_file = "ours.toml"'))


def test_without_a_file_the_shipped_questions_are_asked(written):
    assert own_questions(written("")) is None
