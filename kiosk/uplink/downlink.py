"""What comes down: receipts, commands, documents. Each is believed by its signature and by nothing else.

The broker carries messages and is trusted with none: what is forged, replayed, for somebody else, malformed or too
large is refused, counted by its channel, and changes nothing.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from kiosk.commands import Commands
from kiosk.documents import Documents
from kiosk.reports import CommandGiven, DocumentNews, Report
from kiosk.uplink.delivery import Delivery
from kiosk.wire import documents, topics
from kiosk.wire.documents import DocumentKind
from kiosk.wire.errors import Refusal, WireError
from kiosk.wire.topics import Channel

log = logging.getLogger(__name__)

# of what the entrance could not be told: a loop that is down for long reads the documents at its start
MAX_UNTOLD = 64


class Downlink:
    """`tell` hands a report to the entrance, and answers whether it went out."""

    def __init__(
        self,
        kiosk: str,
        delivery: Delivery,
        documents: Documents,
        commands: Commands,
        tell: Callable[[Report], bool],
        announce_tags: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """`announce_tags` is handed the body of the document `tags`; None: this kiosk fetches none."""
        self._announce_tags = announce_tags
        self._tags_version = 0
        self._own = {topics.topic(kiosk, channel): channel for channel in Channel}
        self._delivery = delivery
        self._documents = documents
        self._commands = commands
        self._tell = tell
        self._untold: deque[Report] = deque(maxlen=MAX_UNTOLD)
        self.refused: Counter[str] = Counter()  # by channel, since the start

    def hear(self, topic: str, payload: bytes, now: datetime, now_s: float) -> DocumentKind | None:
        """A message has come. The kind of a document that is new; None for all else. `now_s` is monotonic."""
        channel = self._own.get(topic)
        try:
            if channel is Channel.RECEIPT:
                self._delivery.receipt(payload, self._documents.keys.receipt, now_s)
            elif channel is Channel.COMMAND:
                self._command(payload, now)
            elif channel is Channel.SETTINGS:
                return self._document(DocumentKind.SETTINGS, payload)
            elif (kind := _shared_kind(topic)) is DocumentKind.TAGS:
                self._tags(payload)
            else:
                return self._document(kind, payload)
        except WireError as error:
            name = channel or "document"
            self.refused[name] += 1
            if _is_round(self.refused[name]):
                log.warning("%s refused (%d so far): %s", name, self.refused[name], error)
        except OSError as error:
            log.error("what came down cannot be kept: %s", error.strerror)
        return None

    def tell_entrance(self) -> None:
        """What the entrance has not been told yet, oldest first."""
        while self._untold and self._tell(self._untold[0]):
            self._untold.popleft()

    def _command(self, payload: bytes, now: datetime) -> None:
        given = self._commands.take(payload, self._documents.keys.command, now)
        log.info("command %s %s", given.command.name, given.answer)
        command = given.command
        self._untold.append(CommandGiven(command.id, command.name, given.answer))
        self.tell_entrance()

    def _tags(self, payload: bytes) -> None:
        """What tags there are changes by the minute: signed by a command key, and never on the disk."""
        document = documents.verified(payload, self._documents.keys.command)
        if document.kind is not DocumentKind.TAGS or document.version < self._tags_version:
            raise WireError(Refusal.BAD_VERSION, "version")
        self._tags_version = document.version
        if self._announce_tags is not None:
            self._announce_tags(document.body)

    def _document(self, kind: DocumentKind, payload: bytes) -> DocumentKind | None:
        document = self._documents.take(kind, payload)
        if document is None:
            return None
        log.info("document %s, version %d", kind, document.version)
        self._untold.append(DocumentNews(kind, document.version))
        self.tell_entrance()
        return kind


def _shared_kind(topic: str) -> DocumentKind:
    """Raise WireError(bad_topic), also for a kind that a newer authority knows."""
    kind = topics.parse_shared(topic)
    if kind not in tuple(DocumentKind) or kind == DocumentKind.SETTINGS:
        raise WireError(Refusal.BAD_TOPIC, "kind")
    return DocumentKind(kind)


def _is_round(number: int) -> bool:
    """1, 10, 100 ...: a flood must not become a flood of log lines."""
    return str(number).strip("0") == "1"
