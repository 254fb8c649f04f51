from pathlib import Path

from bench import hostile_downlink


def test_hostile_messages_are_refused_and_counted_and_change_nothing(tmp_path: Path) -> None:
    found = hostile_downlink.run(600, seed=1, folder=tmp_path)

    assert found.wrong == []
    assert found.uncounted == 0
    assert found.said == 600 == found.refused.total()
    assert min(found.refused.values()) > 5  # each channel has had its share
