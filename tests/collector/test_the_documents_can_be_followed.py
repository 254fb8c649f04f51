"""The pages that set a collector up, typed line by line in an empty folder, each where the one before left off."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from collector import cli

pytestmark = pytest.mark.broker

DOCS = Path(__file__).parents[2] / "docs"
# what wants a running broker, a settings file in its place, or a list that somebody else has written
ELSEWHERE = ("serve", "portal", "accounts", "organisations", "venues", "admit", "revoke")
SAFE = "/media/safe/"


def typed(page):
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.M | re.S
    )
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    told = [line.partition(" #")[0] for line in lines if line.startswith(("collector ", "cp "))]
    return [line for line in told if not set(line.split()) & set(ELSEWHERE)]


def test_a_collector_is_set_up_by_the_words_of_its_pages(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLLECTOR_PASSPHRASE", "một mật khẩu đã bịa ra")
    (tmp_path / "safe").mkdir()
    lines = typed("collector.md")
    assert len(lines) >= 9

    for line in lines:
        assert cli.main(shlex.split(line)[1:]) == 0, (line, capsys.readouterr().err)

    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert {"tls/collector.pem", "kiosk-1/cho-mau-cong-1.key", "broker/mosquitto.conf"} <= made
    assert {"enrolment/enrolment-ca.pem", "kiosk-1-passes/pass.key", "tls/devices.pem"} <= made


def test_keys_are_made_published_saved_and_put_back_by_the_words_of_their_page(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLLECTOR_PASSPHRASE", "một mật khẩu đã bịa ra")
    (tmp_path / "safe").mkdir()
    lines = [line.replace(SAFE, "safe/") for line in typed("keys.md")]
    assert len(lines) >= 5

    for line in lines:
        if "keys restore" in line:  # the machine has burnt down
            for file in (tmp_path / "keys").iterdir():
                file.unlink()
        if line.startswith("cp "):
            subprocess.run(line, shell=True, check=True)  # noqa: S602 - our own document
        else:
            assert cli.main(shlex.split(line)[1:]) == 0, (line, capsys.readouterr().err)

    assert list((tmp_path / "keys").glob("receipt*"))
    assert list((tmp_path / "documents").rglob("keys*"))
