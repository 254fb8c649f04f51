import pytest

from kiosk.config import Config, load
from kiosk.domain.visit import Door
from kiosk.errors import ConfigError


def written(tmp_path, text):
    path = tmp_path / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path, text):
    with pytest.raises(ConfigError) as raised:
        load(written(tmp_path, text))
    return [problem.removeprefix(str(tmp_path / "kiosk.toml")) for problem in raised.value.problems]


def test_a_file_with_an_id_alone_is_enough(tmp_path):
    config = load(written(tmp_path, '[kiosk]\nid = "gate-1"\n'))

    assert isinstance(config, Config)
    assert (config.kiosk.id, config.kiosk.door, config.screen.port) == ("gate-1", Door.IN, 8080)


def test_paths_are_taken_from_the_folder_of_the_file(tmp_path):
    config = load(written(tmp_path, '[kiosk]\nid = "gate-1"\nstate_dir = "state"\n'))

    assert config.database == tmp_path / "state" / "state.db"


def test_every_problem_is_told_at_once_with_its_line(tmp_path):
    text = '[kiosk]\nid = 7\ndoor = "sideways"\n\n[camera]\nfps = 500\nwidht_px = 640\n'

    assert sorted(problems(tmp_path, text)) == [
        ":2: kiosk.id must be text in quotes, not 7",
        ":3: kiosk.door must be one of in, out, both, not 'sideways'; known: both, in, out",
        ":6: camera.fps must be between 1 and 120, not 500.0",
        ":7: camera.widht_px is not a setting; did you mean width_px?",
    ]


def test_a_missing_setting_is_named(tmp_path):
    assert problems(tmp_path, "[kiosk]\n") == [
        ": kiosk.id is missing: set it, or let the kiosk join: `kiosk firstboot` (docs/enrolment.md)"
    ]


def test_a_misspelt_table_gets_a_suggestion(tmp_path):
    text = '[kiosk]\nid = "gate-1"\n[camara]\nfps = 30\n'

    assert problems(tmp_path, text) == [":3: camara is not a setting; did you mean camera?"]


def test_a_value_where_a_table_belongs_is_told(tmp_path):
    text = 'camera = "usb"\n[kiosk]\nid = "gate-1"\n'

    assert problems(tmp_path, text) == [":1: camera must be a table: [camera]"]


def test_true_is_no_number(tmp_path):
    text = '[kiosk]\nid = "gate-1"\n[screen]\nport = true\n'

    assert problems(tmp_path, text) == [":4: screen.port must be a whole number, not True"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"[kiosk\n", "line 1"), (b"\xff\xfe", "is not UTF-8 text")],
)
def test_a_file_that_is_no_toml_is_told_where(tmp_path, content, words):
    path = tmp_path / "kiosk.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=words):
        load(path)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "nowhere.toml")
