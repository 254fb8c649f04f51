import json

import pytest

from bench import soak

pytestmark = [pytest.mark.broker, pytest.mark.long, pytest.mark.timeout(900)]


def test_two_thousand_visits_leave_no_memory_no_descriptor_and_no_visit_behind(tmp_path) -> None:
    file = tmp_path / "soak.json"

    assert soak.main(["--quick", "--json", str(file)]) == 0

    figures = {one["name"]: one for one in json.loads(file.read_text())["figures"]}
    # how quickly it answers is a figure of a quiet machine and of many visits: that of `python -m bench.soak --check`
    held = [one for name, one in figures.items() if not name.startswith(("scan", "CPU"))]
    assert [one for one in held if one["reached"] is False] == []
    assert len(figures) == 14
