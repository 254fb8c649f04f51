"""What `python -m bench` makes of several runs, and that the page agrees with the records it was drawn from."""

import argparse
import copy
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import page, plot, record
from bench.report import Figure, Report

DOCS = Path(__file__).parents[1] / "docs"
RECORDS = sorted((DOCS / "benchmarks").glob("*.json"))
PAGE = "# Figures\n\nby hand\n\n<!-- bench door -->\nold\n<!-- /bench door -->\n\nmore by hand\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Three runs of a benchmark, as its own process would write them."""
    folder = tmp_path_factory.mktemp("runs")

    def ran(number, value, peer_value):
        file = folder / f"{number}.json"
        report = Report("door", argparse.Namespace(quick=True, check=False, json=file))
        report.add(Figure("wait, ms", value, 20.0, peer="a naive loop", peer_value=peer_value))
        report.add(Figure("seen | share", 0.5, 0.9, higher_is_better=True, bound="the light"))
        report.add(Figure("just to know", 7.0))
        report.finish()
        return json.loads(file.read_text())

    return [ran(1, 10.0, 90.0), ran(2, 12.0, 100.0), ran(3, 40.0, 80.0)]


@pytest.fixture
def runs(told):
    return copy.deepcopy(told)


@pytest.fixture
def taken(runs, tmp_path):
    record.write(tmp_path / "door.json", runs)
    return record.read(tmp_path / "door.json")


def test_medians_and_spread_of_all_runs_are_told(taken):
    wait, seen, other = taken.seen

    assert (wait.figure.value, wait.low, wait.high, wait.figure.peer_value) == (12, 10, 40, 90)
    assert (wait.figure.reached, seen.figure.reached, other.figure.reached) == (True, False, None)
    assert taken.short == ["seen | share"]


def test_two_figures_of_one_name_stay_two(runs, tmp_path):
    for run in runs:
        run["figures"].append({**run["figures"][0], "value": 1.0})
    record.write(tmp_path / "door.json", runs)

    seen = record.read(tmp_path / "door.json").seen

    assert [one.figure.value for one in seen if one.figure.name == "wait, ms"] == [12, 1]


def test_a_figure_that_one_run_could_not_take_is_not_reached(runs, tmp_path):
    runs[1]["figures"][0]["value"] = None
    record.write(tmp_path / "door.json", runs)

    wait = record.read(tmp_path / "door.json").seen[0]

    assert (wait.figure.value, wait.figure.reached) == (None, False)


def test_the_table_stands_between_its_marks_and_what_is_written_by_hand_stays(taken):
    told = page.with_record(PAGE, taken)

    assert told.startswith(
        "# Figures\n\nby hand\n\n<!-- bench door -->\nQuick run, the median of 3"
    )
    assert told.endswith("<!-- /bench door -->\n\nmore by hand\n")
    assert "| wait, ms | 12 | 10 to 40 | 90, a naive loop | ≤ 20 | yes | – |" in told
    assert "| seen \\| share | 0.5 | 0.5 to 0.5 | – | ≥ 0.9 | **no** | the light |" in told
    assert "old" not in told
    assert page.with_record(told, taken) == told
    with pytest.raises(page.NoPlace, match="bench door"):
        page.with_record("no marks", taken)


def test_the_machine_its_speed_and_the_versions_are_told(taken):
    told = page.block(taken)

    assert "Python 3." in told
    assert "load average" in told
    assert "SQLite 3." in told
    assert "zxing-cpp" in told


def test_the_picture_has_a_bar_for_ours_and_the_peer_and_a_mark_for_the_goal(taken):
    drawn = ET.fromstring(plot.svg(taken))  # noqa: S314 - our own

    space = "{http://www.w3.org/2000/svg}"
    texts = [text.text or "" for text in drawn.iter(f"{space}text")]
    ours, peer, short = list(drawn.iter(f"{space}rect"))[1:]
    assert float(ours.get("width")) < float(peer.get("width"))
    assert short.get("fill") != ours.get("fill")
    assert [text for text in texts if "goal" in text] == ["goal ≤ 20", "goal ≥ 0.9"]
    assert "just to know" not in texts


def test_every_benchmark_that_is_run_has_its_place_in_the_page():
    assert set(page.named((DOCS / "benchmarks.md").read_text())) == set(bench.NAMES)


@pytest.mark.parametrize("file", RECORDS, ids=[file.stem for file in RECORDS])
def test_page_and_picture_are_what_the_record_says(file):
    taken = record.read(file)
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")

    assert page.with_record(text, taken) == text
    assert (file.with_suffix(".svg")).read_text(encoding="utf-8") == plot.svg(taken)
