import threading
from pathlib import Path

from kiosk.errors import StoreUnusable
from kiosk.store.people import open_people

FILES = 300
TABLES = ("CREATE TABLE IF NOT EXISTS thing (id INTEGER PRIMARY KEY)",)


def test_the_loop_and_the_uplink_both_get_the_people(in_ram: Path) -> None:
    """Without a lock SQLite refused one of a few hundred: it does not wait for the change to WAL."""
    refused: list[StoreUnusable] = []
    start = threading.Barrier(2)

    def open_each() -> None:
        for number in range(FILES):
            start.wait()
            try:
                open_people(in_ram.with_name(f"{number}.db"), TABLES).close()
            except StoreUnusable as error:
                refused.append(error)

    both = [threading.Thread(target=open_each) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert not refused
