"""A paper is typed in: the questions of the form on one page, with the time as it stands on the paper.

Nothing of it is in an address or in a cache; what cannot be kept comes back as it was typed, with what to put right.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import flask
from flask.typing import ResponseReturnValue

from kiosk.domain.on_paper import PaperFault, fault_of
from kiosk.questions import SKIPPED, Kind, Question, assess
from kiosk.questions.places import Found, all_places
from kiosk.web.form.answering import Again, Kept, doubted, read_answer
from kiosk.web.form.commune import Neighbourhood
from kiosk.web.form.consent import agreed_to, promise
from kiosk.web.form.person import declarer
from kiosk.web.form.rendering import translated
from kiosk.web.monitor.ports import StaffPages
from kiosk.web.monitor.signing import who
from kiosk.web.ports import TypedPaper
from kiosk.web.settings import PageSettings

# the language of the paper, whatever that of the page is
PAPER = "vi"
REMEMBERED = 64
NO_TIME = "Write the day as 28/11/2026 and the time as 08:15"
_TIMES = {
    PaperFault.FUTURE: "This time has not come yet",
    PaperFault.TOO_OLD: "This paper is too old",
}
UNSIGNED = "Only a paper that was signed may be kept"
NOT_STORED = "Not saved. Try again"


@dataclass(frozen=True)
class _Read:
    """What came back with the page. `again` by question id says what to put right."""

    answers: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    again: dict[str, Again] = field(default_factory=dict)


def paper_pages(parts: StaffPages, settings: PageSettings) -> flask.Blueprint:
    pages = flask.Blueprint("paper", __name__)
    questions, zone = parts.questions, ZoneInfo(settings.time_zone)
    # the forms that were kept: one that is sent again, because no answer came, is kept once
    kept: OrderedDict[str, str] = OrderedDict()
    around = Neighbourhood(all_places(), parts.near)

    def drawn(read: _Read, trouble: str = "") -> str:
        form = flask.request.form
        found: Mapping[str, list[Found]] = {
            name: around.search(again.typed) for name, again in read.again.items() if again.sure
        }
        return flask.render_template(
            "monitor/paper.html",
            questions=questions.questions,
            again=read.again,
            found=found,
            typed=form,
            trouble=trouble,
            saved=flask.request.args.get("saved", ""),
            today=f"{parts.now():%d/%m/%Y}",
            form_id=form.get("form", "") or secrets.token_urlsafe(12),
            promise=promise(translated(), PAPER, settings),
        )

    @pages.get("/paper")
    def paper() -> str:
        return drawn(_Read())

    @pages.post("/paper")
    def typed() -> ResponseReturnValue:
        form, now = flask.request.form, parts.now()
        form_id = form.get("form", "")
        if form_id in kept:
            return flask.redirect(flask.url_for("paper.paper", saved=kept[form_id]), 303)
        at = _time(form.get("day", ""), form.get("time", ""), zone)
        read = _Read()
        for question in questions.questions:
            result = _answered(question, around, now.year)
            if isinstance(result, Kept):
                result = doubted(question, result, _sent(question)["sure"], questions, read.answers)
            if isinstance(result, Again):
                read.again[question.id] = result
            else:
                read.answers[question.id] = result.answer
        if at is None:
            return drawn(read, NO_TIME), 400
        if (fault := fault_of(at, now, parts.paper_kept())) is not None:
            return drawn(read, _TIMES[fault]), 400
        if form.get("signed") != "yes":
            return drawn(read, UNSIGNED), 400
        if read.again:
            return drawn(read), 400
        declared = parts.paper(
            TypedPaper(
                who().id,
                at.astimezone(UTC),
                declarer(None, questions, read.answers, around.name_of),
                assess(questions, read.answers),
                questions.version,
                agreed_to(translated(), PAPER, settings),
                read.answers,
            )
        )
        if not declared.stored:
            return drawn(read, NOT_STORED), 503
        if form_id:
            kept[form_id] = declared.outcome
        if len(kept) > REMEMBERED:
            kept.popitem(last=False)
        return flask.redirect(flask.url_for("paper.paper", saved=declared.outcome), 303)

    return pages


def _answered(question: Question, around: Neighbourhood, this_year: int) -> Kept | Again:
    sent = _sent(question)
    chosen = flask.request.form.getlist(f"q.{question.id}")
    if question.kind is Kind.COMMUNE:
        return around.read_answer(sent, chosen, this_year)
    if not sent["typed"].strip() and question.skip is not None:
        return Kept(SKIPPED)  # an empty line on the paper
    return read_answer(question, sent, chosen, this_year)


def _sent(question: Question) -> Mapping[str, str]:
    form = flask.request.form
    return {name: form.get(f"q.{question.id}.{name}", "") for name in ("typed", "sure", "action")}


def _time(day: str, time: str, zone: ZoneInfo) -> datetime | None:
    """By the digits alone: a telephone's number pad has neither `/` nor `:`."""
    digits = ["".join(sign for sign in text if sign.isdigit()) for text in (day, time)]
    if len(digits[0]) != 8 or len(digits[1]) not in (3, 4):
        return None
    try:
        # an hour of one digit needs its zero
        found = datetime.strptime(f"{digits[0]} {digits[1]:0>4}", "%d%m%Y %H%M").replace(
            tzinfo=zone
        )
    except ValueError:
        return None
    return found
