"""`collector office`: the pages of officers and registrars, in a process of its own that can open nothing sealed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from collector.access.door import Door
from collector.access.sqlite_access import SqliteAccess
from collector.audit.sqlite_audit import AuditLog
from collector.cases.desk_of import desk_of
from collector.config import CollectorConfig
from collector.errors import CollectorError
from collector.inbox.word import Word
from collector.ledger.stores import answers_of
from collector.office.app import Staffed, create_office_app
from collector.office.registry_pages import RegistryDesk
from collector.office.server import office_server
from collector.registry import enrolment
from collector.registry.sqlite_registry import SqliteRegistry
from collector.statistics.joined import desk_of as report_desk_of


class OfficeProcess:
    """Between `with` and its end it answers. Entering raises CollectorError when port or certificate cannot be had."""

    def __init__(
        self, config: CollectorConfig, inbox_state: Callable[[], str] | None = None
    ) -> None:
        """`inbox_state` where the inbox runs in this process too; else its written word is read."""
        app = create_office_app(
            answers_of(config.ledger),
            inbox_state or Word(config.inbox.state_file).heard,
            staffed=_staffed(config),
        )
        self._server = office_server(app, config.office)

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def told(self) -> str:
        return f"office ready: {self.url}"

    def goes_on(self) -> bool:
        """Raise CollectorError when the pages have failed."""
        if not self._server.is_alive:
            raise CollectorError("the pages have failed")
        return True

    def __enter__(self) -> Self:
        self._server.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._server.close()


def _staffed(config: CollectorConfig) -> Staffed:
    access = config.access
    door = Door(
        SqliteAccess(access.file),
        timedelta(hours=access.session_hours),
        timedelta(minutes=access.idle_minutes),
    )
    desk = RegistryDesk(
        SqliteRegistry(config.registry.file),
        config.portal.address,
        lambda: enrolment.site(config),
        lambda: datetime.now(UTC),
    )
    return Staffed(
        door,
        desk,
        config.office.names,
        open_here=config.office.open_here,
        releases=desk_of(config),
        reports=None if config.ledger.postgresql else report_desk_of(config),
        audit=AuditLog(config.audit.file),
    )
