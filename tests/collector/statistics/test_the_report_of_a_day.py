"""What a report says, in all its forms, and that it makes itself."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta

import pypdfium2
import pytest

from collector.cli import main
from collector.config import CollectorConfig, LedgerSection, ReportSection
from collector.days import day_number
from collector.demo import fill, province
from collector.demo.days import MadeDays
from collector.errors import CollectorError
from collector.ledger.port import Taken
from collector.people.keeper import PeopleKeeper
from collector.registry.shapes import VenueState
from collector.statistics import desk, joined, lists, mail, paper, report, tables, told, words
from collector.statistics.day_counts import DayCounts
from collector.statistics.evening import Evening
from collector.statistics.figures import Tally, total
from collector.statistics.ledger_figures import LedgerFigures
from tests.collector.conftest import Store

EVENING = timedelta(hours=18)


def drawn(reported):
    reported.take(reported.last)
    return reported.desk.draw_up(reported.day, reported.evening)


def test_every_venue_stands_in_each_total_once_and_silent_ones_have_a_cause(reported) -> None:
    report = drawn(reported)

    assert report.venues.registered == 12
    assert report.venues.silent == len(report.silent) > 0
    for groups in (report.districts, report.kinds, report.organisations):
        assert sum(group.venues.registered for group in groups) == 12
        assert sum(group.venues.silent for group in groups) == report.venues.silent
        assert total(group.tally for group in groups) == report.tally
    # five days do not tell on which weekday a place without hours is closed
    wrong = [
        one.venue.id
        for one in report.silent
        if one.venue.hours.are_known and reported.last.truth[one.venue.id] is not one.cause
    ]
    assert wrong == []


def test_a_ledger_in_postgresql_tells_the_same(postgres_store, reported, tmp_path) -> None:
    made = province.make(6, 3, seed=3)
    first = day_number(reported.day - timedelta(days=2))
    days = list(MadeDays(made, first, 3, bytes(32), 0.1).days())
    reported.registry.put(made.organisations, [one.venue for one in made.venues], made.kiosks)
    told = []
    for store in (Store(tmp_path / "another.db"), postgres_store):
        ledger = store.ledger(PeopleKeeper((), store.people), DayCounts())
        ledger.open()
        for day in days:
            fill.take(ledger, day)
        ledger.close()
        figures = LedgerFigures(store.reader)
        told.append(report.draw_up(figures, reported.registry, reported.day, reported.evening))

    assert told[0] == told[1]
    assert told[0].tally.visits > 10
    assert told[0].silent


def test_visits_add_up_and_people_are_counted_once(reported) -> None:
    report = drawn(reported)
    visits = [
        word.event.data
        for _, _, word in reported.last.arrivals
        if isinstance(word, Taken) and word.event.type.endswith("visit.v1")
    ]

    tally = report.tally
    assert tally.visits == sum(one.follows is None for one in visits)
    assert tally.accepted + tally.missing + tally.refer == tally.visits
    assert 0 < report.people <= tally.visits - report.unknown_people
    assert report.trend[-1].tally == tally
    assert len(report.trend) == 14


def test_somebody_who_declared_at_the_kiosk_is_one_visit_that_was_accepted() -> None:
    """A missing scan, amended by an accepted one; another that stays missing; a risk that was declared."""
    tally = Tally(scans=5, amending=2, accepted_scans=1, missing_scans=3, refer=1, by_form=1)

    assert (tally.visits, tally.missing, tally.refer, tally.accepted) == (3, 1, 1, 1)


def test_a_venue_that_is_closed_for_good_is_counted_no_more(reported) -> None:
    gone = replace(reported.made.venues[0].venue, state=VenueState.CLOSED)
    reported.registry.put(venues=[gone])

    report = drawn(reported)

    assert report.venues.registered == 11
    assert gone.id not in {one.venue.id for one in report.silent}


def test_what_late_data_changed_is_said_with_what_was_told_before(reported) -> None:
    reported.desk.write(reported.day, reported.evening, reported.desk.folder, ["csv"])
    early = reported.desk.draw_up(reported.day, reported.evening).tally.visits
    reported.take(reported.last)  # all of that day, which had not come yet

    next_day = reported.day + timedelta(days=1)
    report = reported.desk.draw_up(next_day, reported.evening + timedelta(days=1))

    (late,) = [one for one in report.restated if one.day == reported.day]
    assert (late.told_visits, late.told_at) == (early, reported.evening)
    assert late.visits > early


def test_the_list_has_vietnamese_headings_and_every_silent_venue(reported) -> None:
    report = drawn(reported)

    content = lists.csv_of(report)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))

    assert rows[0] == ["Báo cáo sử dụng hằng ngày / Daily report of use", "24/11/2026"]
    assert ["Lượt / visits", words.number_text(report.tally.visits)] in rows
    named = {row[0] for row in rows if row}
    assert {one.venue.name for one in report.silent} <= named
    assert "0900000000" not in content.decode()


def test_a_name_that_a_spreadsheet_would_run_is_text(reported) -> None:
    first = reported.made.venues[0].venue
    reported.registry.put(
        venues=[
            replace(one.venue, name="=1+1", responsible="<b>Mẫu</b>")
            for one in reported.made.venues
        ]
    )
    report = drawn(reported)
    assert first.id

    rows = list(csv.reader(io.StringIO(lists.csv_of(report).decode("utf-8-sig"))))
    page = mail.html_of(report).decode()

    assert not [row for row in rows if row and row[0] == "=1+1"]
    assert "'=1+1" in {row[0] for row in rows if row}
    assert "<b>Mẫu" not in page
    assert "&lt;b&gt;Mẫu" in page


def test_the_mail_fetches_nothing_and_runs_nothing(reported) -> None:
    page = mail.html_of(drawn(reported)).decode()

    assert "http" not in page
    assert "<script" not in page
    assert "Báo cáo sử dụng hằng ngày 24/11/2026" in page


def test_the_paper_has_totals_on_page_one_and_silent_venues_on_page_two(reported) -> None:
    report = drawn(reported)

    content = paper.pdf_of(report)
    # each letter stands in it once: with an outline for every one it would be ten times as large
    assert len(content) < 150_000
    document = pypdfium2.PdfDocument(content)
    first, second = (document[at].render(scale=0.5).to_pil().convert("RGB") for at in (0, 1))
    band = first.getpixel((first.width // 2, 10))

    assert 2 <= len(document) <= 5
    assert document.get_metadata_dict()["Title"] == "Báo cáo sử dụng hằng ngày 24/11/2026"
    assert band[2] > band[0] + 40  # the teal band of the heading
    assert second.getpixel((second.width // 2, 10)) == (255, 255, 255)
    # the bar of the district with most silent venues is on page 1
    assert any(r > 140 and g < 60 and b < 70 for _, (r, g, b) in first.getcolors(10**6))
    document.close()


def test_a_day_without_anything_has_a_report_too(reported) -> None:
    report = reported.desk.draw_up(date(2026, 1, 5), reported.evening)

    assert (report.tally.visits, report.people) == (0, None)
    assert report.venues.silent == 12
    for form in (lists.csv_of, mail.html_of):
        assert len(form(report)) > 500
    assert [table.name for table in tables.all_tables(report) if not table.rows]


# ---- by itself


def test_every_evening_it_is_written_once_and_an_outage_is_made_up_for(reported) -> None:
    now = [reported.evening - timedelta(minutes=1)]
    evening = Evening(replace(reported.desk, formats=["csv"]), EVENING, lambda: now[0])
    folder = reported.desk.folder

    def days() -> list[str]:
        return sorted(path.name[8:18] for path in folder.glob("bao-cao-*.csv"))

    assert evening.turn()
    assert days() == ["2026-11-23"]  # of a new folder only the last evening
    now[0] = reported.evening
    assert evening.turn()
    assert days() == ["2026-11-23", "2026-11-24"]
    written = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert evening.turn()
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == written

    now[0] = reported.evening + timedelta(days=3)
    assert evening.turn()
    assert days() == [f"2026-11-{day}" for day in range(23, 28)]


def test_a_ledger_that_cannot_be_had_is_no_end(reported) -> None:
    (reported.folder / "ledger.db").unlink()

    assert not Evening(reported.desk, EVENING, lambda: reported.evening).turn()


@pytest.mark.parametrize("text", ["18h", "24:00", "7:60", "noon"])
def test_a_time_that_is_none_is_told(text) -> None:
    with pytest.raises(CollectorError, match="no time of day"):
        desk.time_of(text)
    assert desk.time_of("7:05") == timedelta(hours=7, minutes=5)


def test_what_was_told_is_kept_for_days_and_a_damaged_file_is_said(tmp_path) -> None:
    at = datetime.fromisoformat("2026-11-24T11:00:00+00:00")
    for back in range(70):
        told.add(tmp_path, [told.Told(date(2026, 11, 24) - timedelta(days=back), at, back)])

    assert len(told.read(tmp_path)) == told.KEPT
    (tmp_path / told.FILE).write_text("{}x")
    with pytest.raises(CollectorError, match="move it away"):
        told.read(tmp_path)


def test_reports_lie_beside_the_ledger_unless_the_settings_say_otherwise(tmp_path) -> None:
    plain = CollectorConfig(ledger=LedgerSection(tmp_path / "ledger.db"))
    told_where = replace(plain, report=ReportSection(folder=tmp_path / "elsewhere"))

    assert joined.desk_of(plain).folder == tmp_path / "reports"
    assert joined.desk_of(told_where).folder == tmp_path / "elsewhere"
    assert joined.evening_of(replace(plain, report=ReportSection(at=""))) is None


# ---- the commands


def test_a_made_up_province_goes_on_where_it_was_interrupted(tmp_path, capsys) -> None:
    from collector.demo import make
    from collector.ledger.sqlite_answers import SqliteAnswers

    folder = tmp_path / "demo"
    now = datetime.fromisoformat("2026-11-25T03:00:00+00:00")

    def stop(done: int, whole: int, visits: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make.make(folder, 4, 2, stop, now)
    made = make.make(folder, 4, 2, lambda *_: None, now)
    make.make(tmp_path / "other", 4, 2, lambda *_: None, now)

    assert any("account truyvet.mau (officer): " in line for line in made.told)
    whole = SqliteAnswers(folder / "ledger.db").check()
    assert whole.faults == []
    assert not any(kiosk.missing or kiosk.breaks or kiosk.repeats for kiosk in whole.kiosks)
    assert [(one.kiosk, one.events) for one in whole.kiosks] == [
        (one.kiosk, one.events)
        for one in SqliteAnswers(tmp_path / "other/ledger.db").check().kiosks
    ]
    assert len((folder / "causes.csv").read_text().splitlines()) == 8

    settings = str(folder / "collector.toml")
    out = tmp_path / "out"
    wanted = ["--out", str(out), "--format", "csv", "html", "--config", settings]
    assert main(["report", "day", "24/11/2026", *wanted]) == 0
    assert sorted(path.suffix for path in out.iterdir()) == [".csv", ".html"]
    assert main(["demo", "--venues", "6", "--days", "3", "--dir", str(folder)]) == 1
    assert "go on with these numbers" in capsys.readouterr().err
