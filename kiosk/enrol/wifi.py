"""The network of a code, handed to NetworkManager. Not tried on a real Wi-Fi: here only its commands are."""

import subprocess
from typing import Protocol

from kiosk.enrol.trouble import NotJoined, Trouble
from kiosk.wire.enrolment import Wifi

_LIMIT_S = 60.0
_NAME = "kiosk-enrolment"


class Network(Protocol):
    def join(self, wifi: Wifi) -> None:
        """Raise NotJoined(no_wifi). Joining the same network again is harmless."""


class NetworkManager:
    """By `nmcli`, whose answers hold no passphrase. The passphrase goes in through its standard input, for a command
    line is seen by every user; NetworkManager keeps it, this process does not."""

    def __init__(self, command: str = "nmcli") -> None:
        self._command = command

    def join(self, wifi: Wifi) -> None:
        self._run(["connection", "delete", "id", _NAME], may_fail=True)
        self._run(
            ["connection", "add", "type", "wifi", "con-name", _NAME, "ssid", wifi.name]
            + (["wifi-sec.key-mgmt", "wpa-psk"] if wifi.passphrase else [])
        )
        secret = f"802-11-wireless-security.psk:{wifi.passphrase}\n" if wifi.passphrase else ""
        self._run(
            ["connection", "up", "id", _NAME, *(["passwd-file", "/dev/stdin"] if secret else [])],
            secret,
        )

    def _run(self, words: list[str], typed: str = "", *, may_fail: bool = False) -> None:
        try:
            done = subprocess.run(
                [self._command, *words],
                input=typed,
                capture_output=True,
                text=True,
                timeout=_LIMIT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotJoined(Trouble.NO_WIFI, type(error).__name__) from None
        if done.returncode != 0 and not may_fail:
            raise NotJoined(Trouble.NO_WIFI, f"nmcli ended with {done.returncode}")
