"""A look at the kiosk's database from outside: opens nothing for writing and leaves no file behind."""

import sqlite3
from contextlib import closing
from pathlib import Path

from kiosk.store.database import name_of


def look(path: Path) -> str:
    """What is wrong with the database at `path`, in a few words; empty when it opens and can be read."""
    if not path.exists():
        return "does not exist yet"
    wal, index = path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")
    if wal.exists() and not index.exists():
        return "was not closed well, and is repaired at the next start"
    # nobody has it open: a plain read-only connection would make files of its own, maybe of the wrong user
    how = "mode=ro" if wal.exists() else "immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as db:
            [[answer]] = db.execute("PRAGMA quick_check(1)").fetchall()
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        return f"cannot be read ({name_of(error)})"
    return "" if answer == "ok" else "is damaged"
