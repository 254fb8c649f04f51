"""`collector enrolment`: lets kiosks in, renews their certificates, shuts out who is registered no more."""

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self

from collector import authority, broker, documents
from collector.audit.sqlite_audit import AuditLog
from collector.broker_rights import ADMIN
from collector.config import BrokerSection, CollectorConfig
from collector.enrolment.desk import EnrolmentDesk, province_of
from collector.enrolment.endpoint import EnrolmentEndpoint
from collector.enrolment.shutting_out import Doorkeeper, shut_out
from collector.errors import CollectorError
from collector.portal.limits import Limits
from collector.registry.sqlite_registry import SqliteRegistry
from kiosk.web.safety.web_server import Certificate, WebServer
from kiosk.wire.enrolment_answer import MAX_REQUEST_BYTES


class EnrolmentProcess:
    """Between `with` and its end it answers. Making it raises CollectorError when a key, certificate or address is
    missing, entering it when the port cannot be had."""

    def __init__(self, config: CollectorConfig) -> None:
        section = config.enrolment
        if section.port < 0:
            raise CollectorError("kiosks cannot join here: set [enrolment] port")
        registry = SqliteRegistry(config.registry.file)
        issuer = authority.load_issuer(section.issuer_folder)
        province = province_of(config)
        admin = _as_admin(config)
        note = AuditLog(config.audit.file).note
        desk = EnrolmentDesk(
            registry,
            issuer,
            province,
            partial(documents.handed_to, config.documents.folder),
            partial(broker.admit, admin),
            note,
            _now,
        )
        limits = Limits(
            time.monotonic,
            address_per_minute=section.address_per_minute,
            total_per_minute=section.total_per_minute,
        )
        own = section.issuer_folder / f"{authority.ISSUER}.pem"
        self._server = WebServer(
            "enrolment",
            EnrolmentEndpoint(desk, province.authority, limits),
            (section.host, section.port),
            Certificate(section.certificate_file, section.key_file, (own,), needed=False),
            max_body_bytes=MAX_REQUEST_BYTES,
        )
        revoke = partial(broker.revoke, admin, again=True)
        self._doorkeeper = Doorkeeper(partial(shut_out, registry, revoke, note, _now))
        self._stack = ExitStack()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def told(self) -> str:
        return f"enrolment ready: {self._server.url}"

    def goes_on(self) -> bool:
        """Raise CollectorError when the endpoint has failed."""
        if not self._server.is_alive:
            raise CollectorError("the endpoint for enrolments has failed")
        return True

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._server)
            self._doorkeeper.open()
            stack.callback(self._doorkeeper.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._stack.close()


def _as_admin(config: CollectorConfig) -> BrokerSection:
    section = config.enrolment
    return BrokerSection(
        name=ADMIN,
        host=config.broker.host,
        port=config.broker.port,
        ca_file=config.broker.ca_file,
        certificate_file=section.admin_certificate_file,
        key_file=section.admin_key_file,
    )


def _now() -> datetime:
    return datetime.now(UTC)
