import time
from pathlib import Path

import pytest

from collector.registry import exchange, sheets
from collector.registry.port import VenueFilter
from collector.registry.shapes import VenueState, VenueType
from collector.registry.sheets import SheetError
from collector.registry.sqlite_registry import SqliteRegistry


def faults(registry, content, name="venues"):
    with pytest.raises(SheetError) as caught:
        exchange.take_in(registry, name, content)
    return caught.value.faults


def test_a_list_brings_new_venues_and_changes_those_that_are_there(registry, venues_csv) -> None:
    content = venues_csv({"id": "cho-mau", "name": "Chợ Mẫu mới"}, {"id": "cho-2"})

    taken = exchange.take_in(registry, "venues", content)

    assert (taken.new, taken.changed, taken.same) == (1, 1, 0)
    assert registry.venue("cho-mau").name == "Chợ Mẫu mới"
    assert registry.venue("cho-2").district == "Trà Vinh"


def test_the_same_list_twice_changes_nothing(registry, venues_csv) -> None:
    content = venues_csv({})
    exchange.take_in(registry, "venues", content)

    taken = exchange.take_in(registry, "venues", content)

    assert (taken.new, taken.changed, taken.same) == (0, 0, 1)


def test_one_faulty_line_keeps_the_whole_list_out(registry, venues_csv) -> None:
    before = registry.venues()

    found = faults(registry, venues_csv({}, {"id": "cho-3", "commune": "Xã Không Có"}))

    assert [fault.line for fault in found] == [3]
    assert registry.venues() == before


def test_every_faulty_line_and_every_column_is_told_at_once(registry, venues_csv) -> None:
    bad = {
        "id": "Chợ 2",
        "name": "",
        "type": "chỗ chơi",
        "organisation": "so-khong-co",
        "commune": "Xã Không Có",
        "phone": "gọi sau",
        "hours": "sáng tới chiều",
        "stay_min": "cả ngày",
        "state": "có lẽ",
    }

    found = faults(registry, venues_csv(bad, {}, bad | {"id": ""}))

    told = {(fault.line, fault.column.en) for fault in found}
    columns = {sheets.VENUES.columns[name].en for name in bad}
    assert told == {(line, column) for line in (2, 4) for column in columns}


def test_a_fault_says_what_to_do_vietnamese_first(registry, venues_csv) -> None:
    (fault,) = faults(registry, venues_csv({"commune": "Phuong Tra Vin"}))

    assert str(fault).startswith("dòng 2, Xã, phường: không có xã, phường “Phuong Tra Vin”")
    assert "có phải Phường Trà Vinh, Vĩnh Long" in fault.said.vi
    assert "did you mean Phường Trà Vinh, Vĩnh Long" in fault.said.en


def test_no_fault_quotes_the_person_responsible_or_the_telephone(registry, venues_csv) -> None:
    content = venues_csv({"responsible": "Kim Thị Thử" * 20, "phone": "090000000x"})

    told = "\n".join(str(fault) for fault in faults(registry, content))

    assert "Kim" not in told
    assert "0900" not in told


@pytest.mark.parametrize(
    "written",
    ["29242", "Phường Trà Vinh", "phuong tra vinh", "Phường Trà Vinh, Vĩnh Long"],
)
def test_a_commune_is_understood_by_code_and_by_name(registry, venues_csv, written) -> None:
    exchange.take_in(registry, "venues", venues_csv({"commune": written}))

    assert registry.venue("cho-2").commune == "29242"


def test_of_communes_with_one_name_the_province_or_the_code_is_asked_for(
    registry, venues_csv
) -> None:
    (fault,) = faults(registry, venues_csv({"commune": "Xã Bình Phú"}))

    assert "ghi thêm tỉnh hoặc mã" in fault.said.vi


def test_an_old_district_must_be_one_the_commune_was_made_from(registry, venues_csv) -> None:
    (fault,) = faults(registry, venues_csv({"district": "Càng Long"}))

    assert "Trà Vinh, hoặc để trống" in fault.said.vi


@pytest.mark.parametrize("heading", ["both", "vi", "en"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_headings_in_either_language_and_the_separators_of_excel_are_understood(
    registry, venues_csv, heading, delimiter
) -> None:
    content = b"\xef\xbb\xbf" + venues_csv({}, heading=heading, delimiter=delimiter)

    assert exchange.take_in(registry, "venues", content).new == 1


def test_a_missing_or_doubled_column_is_named_and_nothing_is_guessed(registry) -> None:
    found = faults(registry, "Mã,Tên cơ sở,Loại,Loại,Xã phường\n".encode())

    assert {(fault.column.vi, fault.said.en) for fault in found} == {
        ("Cơ quan quản lý", "this column is missing"),
        ("Loại", "this column is there twice"),
    }


def test_an_id_that_stands_twice_in_the_list_is_a_fault_of_the_second_line(
    registry, venues_csv
) -> None:
    (fault,) = faults(registry, venues_csv({}, {"name": "Chợ khác"}))

    assert (fault.line, fault.said.vi) == (3, "mã đã có ở dòng 2")


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        (b"", 1, "tệp trống"),
        ("Mã,Tên\ncho,Ch".encode() + b"\xff", 2, "CSV UTF-8"),
        ('Mã,Tên cơ sở,Loại,Cơ quan quản lý,"Xã, phường"\n"cho'.encode(), 2, "ngoặc kép"),
        (b"a" * (sheets.MAX_BYTES + 1), 1, "16 MB"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_its_line(registry, content, line, told) -> None:
    (fault,) = faults(registry, content)

    assert fault.line == line
    assert told in fault.said.vi


def test_lines_are_counted_as_an_editor_counts_them(registry, venues_csv) -> None:
    content = venues_csv({"address": "Số 1\nđường Mẫu"}, {"id": "cho-3", "type": "?"})

    (fault,) = faults(registry, content)

    assert fault.line == 4


def test_what_is_exported_is_read_back_as_it_was(registry, venues_csv) -> None:
    changes = {
        "address": '=HYPERLINK(""x"")',
        "phone": "+84 900 000 000",
        "hours": "T2-T6 07:00-11:00, 13:00-17:00; CN 18:00-02:00",
        "stay_min": "90",
        "state": "Đã đóng",
        "district": "",
    }
    exchange.take_in(registry, "venues", venues_csv(changes))
    exported = "".join(exchange.lines(registry, "venues"))

    taken = exchange.take_in(registry, "venues", exported.encode())

    assert taken.same == 2
    assert registry.venue("cho-2").state is VenueState.CLOSED
    assert "'=HYPERLINK" in exported  # no spreadsheet runs it
    assert "'+84" in exported
    assert exported.startswith("\ufeffMã / Id,Tên cơ sở / Venue,")


def test_organisations_may_name_one_above_that_comes_later_in_the_list(registry) -> None:
    content = "Mã,Tên,Loại,Thuộc\npx,Phòng X,Sở,so-x\nso-x,Sở X,Sở ngành tỉnh,\n".replace(
        ",Sở,so-x", ",department,so-x"
    )

    taken = exchange.take_in(registry, "organisations", content.encode())

    assert taken.new == 2


def test_a_kiosk_goes_only_to_a_venue_that_is_registered(registry) -> None:
    content = "Mã thiết bị,Mã cơ sở,Cửa\nk-1,cho-mau,\nk-2,cho-xa,\nSHARED,cho-mau,\n"

    found = faults(registry, content.encode(), "kiosks")

    assert [(fault.line, fault.column.vi) for fault in found] == [
        (3, "Mã cơ sở"),
        (4, "Mã thiết bị"),
    ]


def test_a_kiosk_that_moves_takes_its_district_with_it(registry, market) -> None:
    assert exchange.district_of(registry, "cho-mau-1") == "Trà Vinh"
    assert exchange.district_of(registry, "nobody") is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (VenueFilter(text="cho mau"), ["cho-mau"]),
        (VenueFilter(text="CHỢ"), ["cho-2", "cho-mau"]),
        (VenueFilter(text="%"), ["cho-2", "cho-mau"]),
        (VenueFilter(type=VenueType.SHOP), []),
        (VenueFilter(district="Trà Vinh", organisation="so-y-te"), ["cho-2", "cho-mau"]),
        (VenueFilter(has_kiosk=False), ["cho-2"]),
        (VenueFilter(state=VenueState.CLOSED), []),
    ],
)
def test_venues_are_found_by_what_is_known_of_them(registry, venues_csv, wanted, found) -> None:
    exchange.take_in(registry, "venues", venues_csv({}))

    assert [venue.id for venue in registry.venues(wanted)] == found
    assert registry.count_venues(wanted) == len(found)


def test_the_usual_stay_is_corrected_for_a_type_and_left_for_the_others(registry) -> None:
    before = registry.stays_min()

    registry.put_stay(VenueType.MARKET, 30)

    assert registry.stays_min() == {**before, VenueType.MARKET: 30}


def test_ten_thousand_venues_take_seconds_and_progress_is_told(tmp_path: Path, venues_csv) -> None:
    registry = SqliteRegistry(tmp_path / "many.db")
    exchange.take_in(registry, "organisations", "Mã,Tên,Loại\nso-y-te,Sở,Sector\n".encode())
    content = venues_csv(*({"id": f"cs-{n}", "name": f"Cơ sở {n}"} for n in range(10_000)))
    told: list[tuple[int, int]] = []

    began_s = time.monotonic()
    taken = exchange.take_in(registry, "venues", content, lambda *done: told.append(done))
    took_s = time.monotonic() - began_s

    assert taken.new == 10_000
    assert told == [(n, 10_000) for n in range(500, 10_001, 500)]
    assert took_s < 20  # about 2 s on a quiet machine
