"""Makes tags of declarations as they come in, and says to the kiosks what tags there are."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.days import ZONE
from collector.documents import Outgoing
from collector.errors import LedgerError
from collector.inbox.unsealing import Told
from collector.tags.store import Declared, TagStore
from kiosk.domain.declaration import Risk
from kiosk.wire import documents
from kiosk.wire.documents import Document, DocumentKind
from kiosk.wire.topics import shared_topic

log = logging.getLogger(__name__)

# versions are seconds since then: they rise over a restart too
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


class TagDesk:
    """For the inbox: `declared` on its committer's thread, `announcement` on its connection's.

    `valid` answers how long a declaration counts, `command_key` what signs announcements, None while there is none;
    `district_of` the district of a kiosk, None for one that is not registered.
    """

    def __init__(
        self,
        store: TagStore,
        valid: Callable[[], timedelta],
        command_key: Callable[[], Ed25519PrivateKey | None],
        district_of: Callable[[str], str | None],
    ) -> None:
        self._store = store
        self._valid = valid
        self._command_key = command_key
        self._district_of = district_of
        self._announced: tuple[dict[str, int], Outgoing] | None = None
        self._tidied: date | None = None

    def declared(self, declarations: Sequence[Told]) -> None:
        """Before the commit: after a crash between the two the events come again, and a tag is made once. What cannot
        be kept is said in the log; the declarations themselves are not held up by it."""
        valid = self._valid()
        published = [
            Declared(
                *(each.link, each.data.made_at, valid),
                # a word of a newer kiosk is not taken for harmless
                Risk.NONE if each.data.risk == Risk.NONE else Risk.DECLARED,
                *(self._district_of(each.kiosk) or "", each.people),
            )
            for each in declarations
        ]
        try:
            self._store.declared(published, datetime.now(ZONE).date())
        except LedgerError as error:
            log.error("%s", error)

    def announcement(self) -> list[Outgoing]:
        """The signed document `tags`, the same bytes as long as nothing is new; nothing without a key."""
        key = self._command_key()
        try:
            today = datetime.now(ZONE).date()
            if today != self._tidied:  # this is asked every second
                self._store.forget_before(today)
                self._tidied = today
            counts = self._store.counts()
        except LedgerError as error:
            log.error("%s", error)
            return []
        if key is None:
            return []
        if self._announced is None or self._announced[0] != counts:
            now = datetime.now(UTC)
            version = int((now - _SINCE).total_seconds())
            said = Document(DocumentKind.TAGS, version, now, {"days": counts})
            outgoing = Outgoing(shared_topic(DocumentKind.TAGS), documents.sign(said, key))
            self._announced = counts, outgoing
        return [self._announced[1]]
