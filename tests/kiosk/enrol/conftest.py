from pathlib import Path

import pytest

from bench.joining import Province
from kiosk.errors import KioskError
from kiosk.simulation.ports import free_port


@pytest.fixture(scope="module")
def province(tmp_path_factory):
    """A broker and the endpoint, real ones. A code is for one test only, so one province serves them all."""
    made = Province(tmp_path_factory.mktemp("of-all") / "province", free_port(), free_port())
    made.lay_out()
    try:
        with made.mosquitto(), made.endpoint():
            yield made
    except KioskError as error:
        pytest.skip(str(error))


@pytest.fixture
def kiosk_toml(tmp_path: Path) -> Path:
    """Of a kiosk as the installer leaves it: it has no name yet."""
    folder = tmp_path / "kiosk"
    folder.mkdir()
    file = folder / "kiosk.toml"
    file.write_text(
        """\
[kiosk]
state_dir = "state"
run_dir = "run"
require_durable_state = false
[lights]
mock_pins = true
"""
    )
    return file
