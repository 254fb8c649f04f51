"""`collector office`: the pages of officers and registrars, in a process of its own that can open nothing sealed."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from collector.access.door import Door
from collector.access.sqlite_access import SqliteAccess
from collector.audit.sqlite_audit import AuditLog
from collector.cases.desk_of import desk_of
from collector.commanding import CommandDesk
from collector.config import CollectorConfig
from collector.errors import CollectorError
from collector.inbox.word import Word
from collector.ledger.stores import answers_of, reader_of
from collector.office.app import Staffed, create_office_app
from collector.office.registry_pages import RegistryDesk
from collector.office.server import office_server
from collector.people.joined import desk_of as people_desk_of
from collector.registry import enrolment
from collector.registry.sqlite_registry import SqliteRegistry
from collector.statistics.joined import desk_of as report_desk_of
from collector.statistics.joined import evening_of
from collector.tracing.joined import desk_of as tracing_desk_of
from collector.tracing.live import LiveIndex


class OfficeProcess:
    """Between `with` and its end it answers. Entering raises CollectorError when port or certificate cannot be had."""

    def __init__(
        self, config: CollectorConfig, inbox_state: Callable[[], str] | None = None
    ) -> None:
        """`inbox_state` where the inbox runs in this process too; else its written word is read."""
        self._index = LiveIndex(reader_of(config.ledger))
        app = create_office_app(
            answers_of(config.ledger),
            inbox_state or Word(config.inbox.state_file).heard,
            staffed=_staffed(config, self._index),
        )
        self._server = office_server(app, config.office)
        self._evening = evening_of(config)
        self._stack = ExitStack()

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
        with ExitStack() as stack:
            stack.callback(self._server.close)
            self._server.open()
            stack.enter_context(self._index)
            if self._evening is not None:
                stack.enter_context(self._evening)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._stack.close()


def _staffed(config: CollectorConfig, index: LiveIndex) -> Staffed:
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
        tracing=tracing_desk_of(config, lambda: index.snapshot),
        releases=desk_of(config),
        reports=report_desk_of(config),
        audit=AuditLog(config.audit.file),
        commands=CommandDesk(
            config.inbox.people_socket,
            answers_of(config.ledger),
            AuditLog(config.audit.file),
            lambda: datetime.now(UTC),
        ),
        people=people_desk_of(config),
    )
