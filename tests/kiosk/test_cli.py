import json
import subprocess
import sys

import pytest

CARD = "084190000000||Thạch Thị Mẫu|05091990|Nữ|Long Hiệp, Trà Cú, Trà Vinh|15042021".encode()


def kiosk(*arguments, stdin=b""):
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_identify_says_what_a_card_is_without_saying_who():
    done = kiosk("identify", "--json", stdin=CARD)

    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert (answer["kind"], answer["proof"]) == ("cccd", None)
    assert b"084190000000" not in done.stdout
    assert "Mẫu" not in done.stdout.decode()


def test_identify_reveals_only_when_asked():
    done = kiosk("identify", "--json", "--reveal", stdin=CARD)

    assert b"084190000000" in done.stdout


def test_identify_answers_for_a_code_of_nobody():
    done = kiosk("identify", "--json", stdin=b"00020101021138MADE-UP5303704")

    answer = json.loads(done.stdout)
    assert (done.returncode, answer["kind"], answer["reason"]) == (0, "not_personal", "payment")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("identify", "--json", "--at", "yesterday"), b"no ISO 8601 time"),
        (("identify", "--json", "--trust", "/nowhere.pem"), b"/nowhere.pem"),
        (("simulate", "--headless", "--visitors", "0"), b"at least 1"),
    ],
)
def test_wrong_input_gets_one_line_that_says_what_to_do(arguments, words):
    done = kiosk(*arguments, stdin=CARD)

    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_read_reports_an_unreadable_file_in_its_line_and_goes_on(tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")

    done = kiosk("read", "--json", broken, tmp_path / "nowhere.png")

    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["file"], first["readings"]) == (str(broken), [])
    assert first["error"]
    assert second["error"]


def test_a_wrong_settings_file_ends_with_every_problem_and_status_2(tmp_path):
    path = tmp_path / "kiosk.toml"
    path.write_text('[kiosk]\nid = 7\ndor = "in"\n')

    done = kiosk("run", "--config", path)

    assert done.returncode == 2
    assert b"did you mean door?" in done.stderr
    assert done.stderr.count(b"\n") == 2
