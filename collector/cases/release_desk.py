"""What the pages of cases do. Each act is in the audit before it is done; what cannot be written there is not done."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.cases import bundle
from collector.cases.opened import Record
from collector.cases.port import (
    Case,
    Cases,
    CasesError,
    CaseState,
    Opening,
    Period,
    Release,
    ReleaseState,
    SealedEvents,
    Unwrap,
)
from collector.cases.rules import vet_approval

Note = Callable[[str, str, Mapping[str, str]], None]
"""As collector.audit.sqlite_audit.AuditLog.note."""


@dataclass(frozen=True, slots=True)
class ReleaseDesk:
    """`needs` is how many others must approve; `key` gives what signs a bundle."""

    cases: Cases
    sealed: SealedEvents
    unwrap: Unwrap
    note: Note
    needs: int
    key: Callable[[], Ed25519PrivateKey]
    now: Callable[[], datetime]

    def open(self, who: str, title: str, reason: str, period: Period) -> Case:
        days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        self.note(who, "case_opened", {"title": title, "reason": reason, **days})
        return self.cases.open(title, reason, period, who, self.now())

    def close(self, who: str, case: str) -> None:
        self.note(who, "case_closed", {"case": case})
        self.cases.close(case, self.now())

    def ask(
        self, who: str, case: Case, reason: str, people: Sequence[int], events: Sequence[str]
    ) -> Release:
        if case.state is not CaseState.OPEN:
            raise CasesError(f"case {case.id} is closed: nothing more is released for it")
        asked = Release(
            secrets.token_hex(8),
            *(case.id, who, self.now(), reason, self.needs),
            tuple(people),
            tuple(events),
        )
        sizes = {"people": str(len(people)), "events": str(len(events))}
        about = {"case": case.id, "release": asked.id, "reason": reason, **sizes}
        self.note(who, "release_asked", about)
        self.cases.ask(asked)
        return asked

    def approve(self, who: str, release: str) -> Release:
        found = self.known(release)
        vet_approval(found, who)
        self.note(who, "release_approved", _about(found))
        return self.cases.approve(release, who, self.now())

    def refuse(self, who: str, release: str) -> None:
        found = self.known(release)
        if found.state is not ReleaseState.ASKED:
            raise CasesError("this request is decided already")
        self.note(who, "release_refused", _about(found))
        self.cases.refuse(release, who)

    def bundle(self, who: str, release: str) -> bytes:
        """Only for whoever has asked, once enough others have approved."""
        found = self.known(release)
        case = self.cases.case(found.case)
        if case is None or case.state is not CaseState.OPEN:
            raise CasesError("this case is closed: nothing more is released for it")
        if who != found.asked_by:
            raise CasesError("the bundle is for whoever has asked for it")
        if found.state not in (ReleaseState.APPROVED, ReleaseState.MADE):
            raise CasesError("this request is not approved")
        held = list(self.sealed.of(found.people, case.period, found.events))
        made = bundle.make(case, found, held, self.unwrap, self.key(), self.now())
        self.note(who, "contacts_released", {**_about(found), "contacts": str(len(held))})
        self.cases.made(release, len(held), self.now())
        return made

    def take_record(self, who: str, record: Record) -> None:
        """Of an opening on an officer's machine. Raise CasesError when it is known, or of no bundle of ours."""
        found = self.known(record.release)
        if found.made_at is None or any(each.id == record.id for each in found.openings):
            raise CasesError("this record of an opening is known already, or of no bundle of ours")
        counts = {"opened": str(record.opened), "unopened": str(record.unopened)}
        about = {"opening": record.id, "at": record.at.isoformat(timespec="seconds"), **counts}
        self.note(who, "contacts_opened", {**_about(found), **about})
        opening = Opening(record.id, record.release, record.at, record.opened, record.unopened)
        self.cases.opened(opening)

    def known(self, release: str) -> Release:
        found = self.cases.release(release)
        if found is None:
            raise CasesError("there is no such request")
        return found


def _about(release: Release) -> dict[str, str]:
    return {"case": release.case, "release": release.id}
