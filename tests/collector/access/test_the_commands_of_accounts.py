from pathlib import Path

import pytest

from collector.access.door import Door
from collector.access.roles import Role
from collector.access.shapes import AccessError
from collector.access.sqlite_access import SqliteAccess
from collector.cli import main


@pytest.fixture
def run(tmp_path: Path, capsys):
    config = tmp_path / "collector.toml"
    config.write_text('[access]\nfile = "access.db"\n')

    def run(*words: str) -> tuple[int, str, str]:
        status = main(["accounts", *words, "--config", str(config)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_an_account_made_by_command_lets_its_owner_in(run, access) -> None:
    status, password, _ = run("add", "kim.mau", "--role", "officer")

    account = access.account("kim.mau")
    who = Door(access).sign_in("kim.mau", password.strip(), "", "127.0.0.1", account.made_at)
    assert (status, who.account.role, who.due) == (0, Role.OFFICER, "password")


def test_accounts_are_listed_with_what_is_the_matter(run, access) -> None:
    run("add", "kim.mau", "--role", "viewer")
    run("add", "an.mau", "--role", "registrar")
    run("lock", "kim.mau")

    listed = run("list")[1].splitlines()

    assert listed[0].startswith(
        "an.mau\tCán bộ đăng ký / Registrar\t-\tmật khẩu tạm đến / temporary"
    )
    assert listed[1] == "kim.mau\tNgười xem / Viewer\t-\tkhóa / locked"


def test_a_reset_shows_a_new_password_and_lifts_the_lock(run, access) -> None:
    first = run("add", "kim.mau", "--role", "viewer")[1]
    run("lock", "kim.mau")

    status, second, _ = run("reset", "kim.mau")

    assert (status, access.account("kim.mau").is_locked) == (0, False)
    assert first != second


@pytest.mark.parametrize("command", ["lock", "reset"])
def test_an_account_that_is_not_there_is_said_so(run, command) -> None:
    status, out, err = run(command, "khong.ai")

    assert (status, out) == (1, "")
    assert "no account of this name" in err


def test_the_file_is_for_its_owner_alone(run, tmp_path: Path) -> None:
    run("add", "kim.mau", "--role", "viewer")

    for file in tmp_path.glob("access.db*"):
        assert file.stat().st_mode & 0o077 == 0


def test_a_folder_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="cannot be opened"):
        SqliteAccess(tmp_path / "nowhere" / "access.db").accounts()
