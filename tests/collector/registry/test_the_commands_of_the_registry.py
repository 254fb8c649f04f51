import stat
from pathlib import Path

import pytest

from collector.cli import main
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.wire import enrolment as wire


@pytest.fixture
def run(tmp_path: Path, tls: Path, capsys):
    """A command over a registry of its own: its exit status, and what it said on both streams."""
    config = tmp_path / "collector.toml"
    config.write_text(
        f"""\
[registry]
file = "registry.db"
enrolment_key_file = "enrolment.key"
[portal]
address = "https://khaibao.example.vn"
[enrolment]
address = "https://thuthap.example.vn"
[broker]
ca_file = "{tls}/ca.pem"
"""
    )

    def run(*words: object) -> tuple[int, str, str]:
        status = main([*map(str, words), "--config", str(config)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


@pytest.fixture
def filled(run, tmp_path: Path, venues_csv):
    """The three lists, taken in by command."""
    lists = {
        "organisations": "Mã,Tên,Loại\nso-y-te,Sở Y tế,department\n".encode(),
        "venues": venues_csv({"responsible": "Kim Thị Thử", "phone": "0900000000"}),
        "kiosks": "Mã thiết bị,Mã cơ sở\ncho-2-a,cho-2\n".encode(),
    }
    for name, content in lists.items():
        (tmp_path / f"{name}.csv").write_bytes(content)
        assert run(name, "import", tmp_path / f"{name}.csv")[0] == 0
    return SqliteRegistry(tmp_path / "registry.db")


def test_a_list_that_was_taken_in_is_counted_in_both_languages(run, filled, tmp_path) -> None:
    assert run("venues", "import", tmp_path / "venues.csv") == (
        0,
        "mới 0, đổi 0, như cũ 1 / new 0, changed 0, same 1\n",
        "",
    )


def test_a_faulty_list_ends_with_1_and_every_line_that_is_wrong(run, filled, tmp_path) -> None:
    (tmp_path / "bad.csv").write_text("Mã thiết bị,Mã cơ sở\nk-1,cho-xa\nK,cho-2\n")

    status, out, err = run("kiosks", "import", tmp_path / "bad.csv")

    assert (status, out) == (1, "")
    assert "dòng 2" in err
    assert "dòng 3" in err
    assert len(filled.kiosks()) == 1


def test_what_is_exported_is_for_its_owner_alone_and_is_taken_in_again(
    run, filled, tmp_path
) -> None:
    file = tmp_path / "out.csv"

    status, out, _ = run("venues", "export", file)

    assert (status, out) == (0, "1\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Kim Thị Thử" in file.read_text()
    assert "same 1" in run("venues", "import", file)[1]


def test_lists_on_the_terminal_name_no_person(run, filled) -> None:
    shown = run("venues", "list")[1]

    assert "Chợ Hai" in shown
    assert "Kim" not in shown
    assert "0900" not in shown
    assert "so-y-te" in run("organisations", "list")[1]
    assert "cho-2-a" in run("kiosks", "list")[1]


def test_posters_of_all_venues_are_written(run, filled, tmp_path: Path) -> None:
    assert run("venues", "poster", "--out", tmp_path / "posters")[0] == 0

    assert sorted(file.name for file in (tmp_path / "posters").iterdir()) == [
        "cho-2.pdf",
        "cho-2.svg",
    ]


def test_a_venue_nobody_has_registered_has_no_poster(run, filled, tmp_path: Path) -> None:
    status, _, err = run("venues", "poster", "--out", tmp_path / "p", "--venue", "cho-xa")

    assert status == 1
    assert "cho-xa is not registered" in err
    assert not (tmp_path / "p").exists()


def test_a_code_is_given_as_text_or_as_a_picture_for_its_owner_alone(
    run, filled, tmp_path: Path
) -> None:
    _, out, err = run("kiosks", "enrol", "--kiosk", "cho-2-a")
    status = run("kiosks", "enrol", "--kiosk", "cho-2-a", "--svg", tmp_path / "code.svg")[0]

    assert wire.decode(out.strip()).kiosk == "cho-2-a"
    assert err.startswith("đến / until ")
    assert status == 0
    assert stat.S_IMODE((tmp_path / "code.svg").stat().st_mode) == 0o600
