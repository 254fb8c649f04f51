"""What the office asks of one kiosk: in the audit first, then signed by the inbox, which alone has the key. The kiosk
answers into the ledger; what was asked is read back from the audit."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from collector.audit.sqlite_audit import AuditLog
from collector.days import ms_of
from collector.errors import CollectorError
from collector.inbox.asked_commands import MOST_A_MINUTE, VALID
from collector.ledger.port import Answers, CommandAnswer
from collector.people.asking import ask
from kiosk.wire.commands import CommandName
from kiosk.wire.ids import uuid7

ASKED, NOT_ASKED = "kiosk_asked", "kiosk_not_asked"
SHOWN = 5
# an answer waits at the kiosk for its network; after this nobody looks for it any more
LOOKED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Given:
    """`is_sent` is False where the inbox has refused it; `answer` is None while there is none."""

    name: str
    by: str
    at: datetime
    until: datetime
    is_sent: bool
    answer: CommandAnswer | None


@dataclass(frozen=True, slots=True)
class CommandDesk:
    """`socket` is where the inbox is asked."""

    socket: Path
    answers: Answers
    audit: AuditLog
    now: Callable[[], datetime]

    def give(self, who: str, kiosk: str, name: CommandName) -> None:
        """Raise CollectorError when it is not on its way: then nothing will happen at the kiosk."""
        command_id = uuid7(ms_of(self.now()), secrets.token_bytes(10))
        about = {"kiosk": kiosk, "command": str(name), "id": command_id}
        # whatever answers it comes later than all that is in the ledger now
        self.audit.note(who, ASKED, {**about, "after": str(self.answers.newest())})
        try:
            told = ask(self.socket, {"command": {"id": command_id, "kiosk": kiosk, "name": name}})
        except CollectorError:
            self.audit.note(who, NOT_ASKED, about)
            raise
        if told.get("given") != command_id:
            self.audit.note(who, NOT_ASKED, about)
            raise CollectorError(_SAID.get(str(told.get("cannot")), _SAID[""]))

    def given(self, kiosk: str) -> Sequence[Given]:
        """The newest first."""
        refused = {
            each.about.get("id") for each in self.audit.entries(NOT_ASKED, kiosk=kiosk, limit=SHOWN)
        }
        found = []
        for each in self.audit.entries(ASKED, kiosk=kiosk, limit=SHOWN):
            is_sent = each.about["id"] not in refused
            is_looked_for = is_sent and self.now() - each.at < LOOKED_FOR
            answer = (
                self.answers.answer_to(kiosk, each.about["id"], int(each.about["after"]))
                if is_looked_for
                else None
            )
            name, until = each.about["command"], each.at + VALID
            found.append(Given(name, each.actor, each.at, until, is_sent, answer))
        return found


_SAID = {
    "": "the inbox has not understood: are both ends of the same version?",
    "no_command_key": "the inbox has no command key: `collector keys new command`",
    "too_many_commands": f"{MOST_A_MINUTE} commands a minute at most: wait a minute",
    "not_laid": "the inbox cannot write into the folder of documents: look at its disk",
}
