"""One connection to the database, for one thread: each piece of work is one transaction, and an error means not stored.

After any error of the disk the connection is closed and opened again, and the work tried once more: what SQLite says
after a failed write or sync is measured to be true of a fresh connection, not of the old one.
"""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from kiosk.errors import StoreError
from kiosk.store.database import Opened, begin, name_of, open_database
from kiosk.store.reserve import StorageFull

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Session:
    """The constructor stores; `open` opens. A session that has been closed by an error opens itself again."""

    def __init__(
        self,
        path: Path,
        *,
        may_set_aside: bool,
        require_durable: bool,
        on_open: Callable[[Database], None] = lambda _: None,
    ) -> None:
        """`on_open` is called with each database that has been opened, before anything else is done with it."""
        self.path = path
        self._on_open = on_open
        self._may_set_aside = may_set_aside
        self._require_durable = require_durable
        self._opened: Opened | None = None
        self.set_aside: list[Path] = []

    def open(self) -> None:
        """Raise StoreUnusable with the remedy."""
        self._database()

    def close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with suppress(sqlite3.OperationalError):
                opened.db.close()

    @property
    def replaced(self) -> bool:
        """Whether the file behind the path is no longer the one that is open: another process has set it aside."""
        if self._opened is None:
            return False
        try:
            return self.path.stat().st_ino != self._opened.inode
        except OSError:
            return True

    def write(
        self,
        work: Work[T],
        *,
        already: Work[T | None] = lambda _: None,
        make_room: Callable[[], bool] = lambda: False,
        lasting: bool = True,
    ) -> T:
        """What `work` answers, once its transaction is on the disk. Raise StoreError when it is not stored.

        `already` is asked before the second try: an error does not prove that nothing was written. `make_room` is
        called when the disk is full. What is not `lasting` is committed, but a power cut may undo it.
        """
        attempt = self._atomic if lasting else self._atomic_for_now
        return self._twice(lambda db: attempt(db, work), already, make_room)

    def read(self, work: Work[T], *, make_room: Callable[[], bool] = lambda: False) -> T:
        """What `work` answers, outside of a transaction. Raise StoreError when the file cannot be read."""
        return self._twice(lambda db: work(db.conn), lambda _: None, make_room)

    def _twice(
        self,
        attempt: Callable[[Database], T],
        already: Work[T | None],
        make_room: Callable[[], bool],
    ) -> T:
        try:
            return attempt(self._database())
        except sqlite3.ProgrammingError:
            raise  # a mistake of ours, not of the disk
        except sqlite3.DatabaseError as error:
            log.warning("storage: %s, trying once more", name_of(error))
            self._after(error, make_room)
        try:
            db = self._database()
            known = already(db.conn)
            return attempt(db) if known is None else known
        except sqlite3.DatabaseError as error:
            self._after(error, make_room)
            kind = StorageFull if name_of(error) == "SQLITE_FULL" else StoreError
            raise kind(f"not stored ({name_of(error)})") from error

    @staticmethod
    def _atomic(db: Database, work: Work[T]) -> T:
        with begin(db.conn):
            return work(db.conn)

    def _atomic_for_now(self, db: Database, work: Work[T]) -> T:
        db.conn.execute("PRAGMA synchronous=NORMAL")
        try:
            return self._atomic(db, work)
        finally:
            db.conn.execute("PRAGMA synchronous=FULL")

    def _after(self, error: sqlite3.DatabaseError, make_room: Callable[[], bool]) -> None:
        self.close()
        if name_of(error) == "SQLITE_FULL":
            make_room()

    def _database(self) -> Database:
        if self._opened is None:
            opened = open_database(
                self.path,
                may_set_aside=self._may_set_aside,
                require_durable=self._require_durable,
            )
            self._opened = opened
            if opened.set_aside is not None:
                self.set_aside.append(opened.set_aside)
            self._on_open(opened.db)
        return self._opened.db
