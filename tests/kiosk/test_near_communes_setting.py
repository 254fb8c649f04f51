"""`screen.near_communes`: names become codes when the kiosk starts, and a slip is told before a visitor meets it."""

import pytest

from kiosk import config
from kiosk.bootstrap.entrance import near_communes
from kiosk.errors import ConfigError


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
