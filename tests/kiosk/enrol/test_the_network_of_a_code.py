"""What NetworkManager is asked, by a stand-in for `nmcli` that writes it down. Not tried on a real Wi-Fi."""

from pathlib import Path

import pytest

from kiosk.enrol.trouble import NotJoined, Trouble
from kiosk.enrol.wifi import NetworkManager
from kiosk.wire.enrolment import Wifi


@pytest.fixture
def nmcli(tmp_path: Path):
    """Fails for a network called Nowhere."""
    program = tmp_path / "nmcli"
    program.write_text(
        f"""#!/bin/sh
printf '%s\\n' "$*" >> {tmp_path}/asked
case "$*" in *delete*) exit 10 ;; *up*) cat >> {tmp_path}/typed ;; *Nowhere*) exit 4 ;; esac
"""
    )
    program.chmod(0o755)
    return program


def test_the_passphrase_stands_on_no_command_line(nmcli, tmp_path) -> None:
    NetworkManager(str(nmcli)).join(Wifi("Chợ Mẫu", "mat khau 1"))

    asked = (tmp_path / "asked").read_text()
    assert "ssid Chợ Mẫu" in asked
    assert "mat khau" not in asked
    assert "mat khau 1" in (tmp_path / "typed").read_text()


def test_an_open_network_needs_none(nmcli, tmp_path) -> None:
    NetworkManager(str(nmcli)).join(Wifi("Chợ Mẫu"))

    assert (tmp_path / "typed").read_text() == ""
    assert "wpa" not in (tmp_path / "asked").read_text()


@pytest.mark.parametrize("command", ["{nmcli}", "/nowhere/nmcli"])
def test_a_network_that_is_not_joined_is_a_named_trouble(nmcli, command) -> None:
    with pytest.raises(NotJoined) as caught:
        NetworkManager(command.format(nmcli=nmcli)).join(Wifi("Nowhere", "mat khau 1"))

    assert caught.value.trouble is Trouble.NO_WIFI
    assert "mat khau" not in str(caught.value)
