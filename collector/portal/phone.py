"""What one request's phone holds, and what it is given to hold: see collector.portal.remembered."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import flask

from collector.portal.desk import Desk
from collector.portal.drafts import PhoneDraft, PhoneDrafts
from collector.portal.remembered import Answer, Kept, PhoneKey
from collector.portal.safety import Rules, client, set_cookie
from collector.portal.venues import Place, Venues
from kiosk.credentials import health_pass
from kiosk.languages import LANGUAGES
from kiosk.privacy.masking import mask_name
from kiosk.questions import Kind, QuestionSet, unanswered

KEPT, DRAFT, LANGUAGE = "__Host-phone", "__Host-draft", "__Host-language"
_LANGUAGE_S = 365 * 86_400


@dataclass(frozen=True)
class Portal:
    """What the pages need. Everything in it may be used from any thread."""

    desk: Desk
    drafts: PhoneDrafts
    venues: Venues
    key: PhoneKey
    rules: Rules
    remember: timedelta
    retention_days: int
    time_zone: str = "Asia/Ho_Chi_Minh"

    def place(self, venue: str) -> Place:
        """Answers 404 for a code that is no open venue's."""
        found = self.venues.find(venue)
        if found is None:
            flask.abort(404)
        return found

    def count(self) -> None:
        """Answers 429 when this address, or all together, store too much."""
        if not self.rules.limits.stored(client(self.rules)):
            flask.abort(429)

    def draft(self, venue: str) -> PhoneDraft | None:
        """Of this phone, for this venue."""
        found = self.drafts.touch(flask.request.cookies.get(DRAFT, ""))
        return found if found is not None and found.venue == venue else None


@dataclass(frozen=True, slots=True)
class Holder:
    """What the phone shows of its holder: nothing but a masked name, and what can be done."""

    name: str = field(default="", repr=False)
    pass_code: str = field(default="", repr=False)
    pass_until: datetime | None = None
    pass_counts: bool = False
    answers: Mapping[str, Answer] = field(default_factory=dict, repr=False)  # to renew with


NOBODY = Holder()


def language() -> str:
    """As chosen on these pages; else as the browser asks; else Vietnamese."""
    chosen = flask.request.cookies.get(LANGUAGE, "")
    if chosen in LANGUAGES:
        return chosen
    return flask.request.accept_languages.best_match(LANGUAGES, "vi") or "vi"


def choose_language(response: flask.Response, chosen: str) -> None:
    set_cookie(response, LANGUAGE, chosen, _LANGUAGE_S)


def holder(portal: Portal) -> Holder:
    kept = _kept(portal)
    if kept is None:
        return NOBODY
    now = datetime.now(UTC)
    found = NOBODY
    if kept.pass_code:
        _, said = health_pass.unpack(kept.pass_code)
        found = Holder(said.holder, kept.pass_code, said.not_after, now < said.not_after)
    questions = portal.desk.standing.questions
    renewable = (
        kept.questions == questions.version
        and now < kept.made_at + portal.remember
        and bool(kept.answers)
        and not unanswered(questions, kept.answers)
    )
    if not renewable:
        return found
    return replace(found, answers=kept.answers, name=found.name or _name(questions, kept.answers))


def keepsake(
    portal: Portal, pass_code: str, questions: QuestionSet, answers: Mapping[str, Answer]
) -> bytes:
    """What the phone is given; empty when there is nothing for it to keep. `answers` are empty unless asked for."""
    if not pass_code and not answers:
        return b""
    kept = Kept(datetime.now(UTC), pass_code, questions.version, answers)
    locked = portal.key.locked(kept) or portal.key.locked(replace(kept, answers={}))
    return locked or b""


def give(portal: Portal, response: flask.Response, keeps: bytes) -> None:
    """Hand over; an empty keepsake takes away what the phone held."""
    if not keeps:
        response.delete_cookie(KEPT, path="/", secure=True, httponly=True, samesite="Lax")
        return
    text = base64.urlsafe_b64encode(keeps).decode("ascii")
    # a Pass, and leaving with it, outlive its end by a day
    most = max(portal.remember, health_pass.MAX_DELEGATED_VALIDITY + timedelta(days=1))
    set_cookie(response, KEPT, text, most.total_seconds())


def _kept(portal: Portal) -> Kept | None:
    text = flask.request.cookies.get(KEPT, "")
    try:
        held = base64.urlsafe_b64decode(text.encode("ascii", "replace"))
    except (ValueError, binascii.Error):
        return None
    return portal.key.unlocked(held) if held else None


def _name(questions: QuestionSet, answers: Mapping[str, Answer]) -> str:
    question = questions.of_kind(Kind.NAME)
    answer = answers.get(question.id, "") if question is not None else ""
    return mask_name(answer) if isinstance(answer, str) else ""
