"""Writes communes.json: the communes of the 34 provinces since July 2025, each with the old units it was made from.

    python -m kiosk.questions.make_communes FOLDER

FOLDER is the unpacked wheel of `vietnamadminunits` (MIT): its files are read as they are, the package is not installed
and none of its dependencies (one is GPL) is needed. Needed only to make the table anew, never on a kiosk.
"""

import json
import sqlite3
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "communes.json"
Key = tuple[str, str]  # province, commune, as the package spells its keys


def main(folder: Path) -> None:
    data = folder / "vietnamadminunits" / "data"
    with closing(sqlite3.connect(data / "dataset.db")) as database:
        old = _old_units(database)
        provinces = _provinces(database, _merged(data / "converter_2025.json"), old)
    lines = ",\n".join(
        json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in provinces
    )
    head = json.dumps(_source(folder), ensure_ascii=False, indent=1)
    OUT.write_text(f'{{"source": {head},\n"provinces": [\n{lines}\n]}}\n', encoding="utf-8")


def _old_units(database: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Key of an old unit -> (its name, "district, province")."""
    rows = database.execute(
        "SELECT provinceKey, districtKey, wardKey, ward, district, districtShort, provinceShort"
        " FROM admin_units_legacy"
    )
    found = {}
    for province_key, district_key, ward_key, ward, district, district_short, province in rows:
        key = f"{province_key}_{district_key}_{ward_key or ''}".rstrip("_")
        # three island districts have no communes
        found[key] = (ward or district, f"{district_short}, {province}")
    return found


def _merged(path: Path) -> dict[Key, list[str]]:
    """New commune -> keys of the old units that went into it, whole or in part."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    merged: dict[Key, list[str]] = defaultdict(list)
    for province, communes in raw["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, units in communes.items():
            merged[province, commune] += units
    for province, divided in raw["DICT_PROVINCE_WARD_DIVIDED"].items():
        for unit, parts in divided.items():
            for part in parts:
                merged[province, part["newWardKey"]].append(unit)
    return merged


def _provinces(
    database: sqlite3.Connection, merged: dict[Key, list[str]], old: dict[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    rows = database.execute(
        "SELECT provinceCode, provinceShort, provinceKey, wardCode, ward, wardKey"
        " FROM admin_units ORDER BY provinceCode, wardCode"
    )
    provinces: dict[str, dict[str, Any]] = {}
    for code, name, province_key, ward_code, ward, ward_key in rows:
        province = provinces.setdefault(
            code, {"code": code, "name": name, "districts": [], "communes": []}
        )
        units = [old[key.rstrip("_")] for key in sorted(merged[province_key, ward_key])]
        for _, district in units:
            if district not in province["districts"]:
                province["districts"].append(district)
        former = [[unit, province["districts"].index(district)] for unit, district in units]
        province["communes"].append([ward_code, ward[0].upper() + ward[1:], former])
    return list(provinces.values())


def _source(folder: Path) -> dict[str, str]:
    info = next(folder.glob("vietnamadminunits-*.dist-info"))
    licence = (info / "licenses" / "LICENSE").read_text(encoding="utf-8")
    return {
        "package": info.name.removesuffix(".dist-info"),
        "licence": "MIT",
        "text": licence,
        "made_by": "python -m kiosk.questions.make_communes",
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
