"""The declaration on a phone: one question a page, in the words and the order of the kiosk's form.

Which phone's draft it is stands in a cookie; no address holds more than the venue and the name of the page.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import flask
from flask.typing import ResponseReturnValue

from collector.portal import phone
from collector.portal.desk import DeskBusyError, Told
from collector.portal.drafts import PhoneDraft
from collector.portal.phone import Portal
from collector.portal.place import see
from collector.portal.safety import set_cookie
from collector.portal.venues import Place
from collector.portal.words import translated
from kiosk.domain.verdict import Outcome
from kiosk.privacy.masking import mask_name
from kiosk.questions import Kind, Question, QuestionSet, assess, unanswered
from kiosk.questions.checks import number_doubt
from kiosk.questions.places import all_places
from kiosk.questions.shape import PERSONAL
from kiosk.web.form import route
from kiosk.web.form.answering import Again, Kept, doubt_message, read_answer
from kiosk.web.form.commune import Neighbourhood
from kiosk.web.form.consent import agreed_to, promise
from kiosk.web.form.person import declarer
from kiosk.web.form.summary import Row, summary
from kiosk.web.settings import PageSettings

NOT_STORED = "Not saved yet. Please send again, or see a staff member"
_HIDDEN = "•••"


def create_declaring(portal: Portal) -> flask.Blueprint:
    pages = flask.Blueprint("declaring", __name__, url_prefix="/v/<venue>")
    views = _Declaring(portal)
    pages.add_url_rule("/declare", view_func=views.consent, endpoint="consent")
    pages.add_url_rule("/declare", view_func=views.agree, endpoint="agree", methods=["POST"])
    pages.add_url_rule("/renew", view_func=views.renew, endpoint="renew", methods=["POST"])
    pages.add_url_rule("/leave", view_func=views.leave, endpoint="leave", methods=["POST"])
    pages.add_url_rule("/declare/<page>", view_func=views.show, endpoint="page")
    pages.add_url_rule(
        "/declare/<page>", view_func=views.answer, endpoint="answer", methods=["POST"]
    )
    return pages


class _Declaring:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    @property
    def _questions(self) -> QuestionSet:
        return self._portal.desk.standing.questions

    def consent(self, venue: str) -> ResponseReturnValue:
        place = self._portal.place(venue)
        if not self._portal.desk.is_open:
            flask.abort(503)
        return self._draw(
            "consent", place, phone.language(), promise=self._promise(place, phone.language())
        )

    def agree(self, venue: str) -> ResponseReturnValue:
        place = self._portal.place(venue)
        if flask.request.form.get("language") != phone.language():
            # chosen in another window: what is agreed to is what was read
            return see(flask.url_for("declaring.consent", venue=venue))
        self._portal.count()
        begun = self._portal.drafts.start(place.id, phone.language())
        self._agreed(begun, place)
        return self._begin(begun, venue)

    def renew(self, venue: str) -> ResponseReturnValue:
        """The first of two taps: all that was said last time, to be agreed to and sent with the second."""
        place, holder = self._portal.place(venue), phone.holder(self._portal)
        if not holder.answers:
            return see(flask.url_for("declaring.consent", venue=venue))
        self._portal.count()
        begun = self._portal.drafts.start(place.id, phone.language())
        begun.renews = True
        begun.draft.answers.update(holder.answers)
        begun.draft.reviewed = True
        return self._begin(begun, venue)

    def leave(self, venue: str) -> ResponseReturnValue:
        self._portal.drafts.wipe(flask.request.cookies.get(phone.DRAFT, ""))
        return see(flask.url_for("place.poster", venue=venue))

    def show(self, venue: str, page: str) -> ResponseReturnValue:
        place, found = self._portal.place(venue), self._portal.draft(venue)
        if found is None:
            return see(flask.url_for("place.poster", venue=venue))
        with found.lock:
            if not self._may_see(found, page):
                return self._go(found, venue)
            return self._page(found, place, page)

    def answer(self, venue: str, page: str) -> ResponseReturnValue:
        place, found = self._portal.place(venue), self._portal.draft(venue)
        if found is None:
            return see(flask.url_for("place.poster", venue=venue))
        with found.lock:
            if not self._may_see(found, page):
                return self._go(found, venue)
            if page == route.CHECK:
                return self._check(found, place)
            question = self._questions.question(page)
            if question is None:
                return self._go(found, venue)
            result = self._read(found, place, question)
            if isinstance(result, Again):
                return self._page(found, place, page, result)
            found.draft.answers[question.id] = result.answer
            return self._go(found, venue)

    # ---- one page's answer

    def _read(self, found: PhoneDraft, place: Place, question: Question) -> Kept | Again:
        sent, this_year = flask.request.form, self._today().year
        chosen = sent.getlist("chosen")
        if question.kind is Kind.COMMUNE:
            return _around(place).read_answer(sent, chosen, this_year)
        result = read_answer(question, sent, chosen, this_year)
        if question.kind is not Kind.ID_NUMBER or isinstance(result, Again):
            return result
        number = str(result.answer)
        doubt = number_doubt(number, *self._year_and_sex(found.draft.answers))
        if doubt is None or sent.get("sure") == number:
            return result
        return Again(doubt_message(doubt), number, sure=number)

    def _check(self, found: PhoneDraft, place: Place) -> ResponseReturnValue:
        draft, questions = found.draft, self._questions
        if flask.request.form.get("action") != "send" or unanswered(questions, draft.answers):
            return self._go(found, place.id)
        if found.renews:
            self._agreed(found, place)
        if draft.consent is None:
            return see(flask.url_for("declaring.consent", venue=place.id))
        self._portal.count()
        told = Told(
            identity=declarer(None, questions, draft.answers, _around(place).name_of),
            risk=assess(questions, draft.answers),
            questions=questions.version,
            consent=draft.consent,
            answers=draft.answers,
        )
        try:
            declared = self._portal.desk.declare(told)
        except DeskBusyError:
            return self._page(found, place, route.CHECK, Again(NOT_STORED)), 503
        # a declared risk is not for keeping, and not for sending again with one tap
        wished = flask.request.form.get("remember") == "yes"
        kept = draft.answers if wished and declared.outcome == Outcome.ACCEPTED else {}
        found.finish(
            declared.outcome, phone.keepsake(self._portal, declared.pass_code, questions, kept)
        )
        return self._go(found, place.id)

    # ---- what they share

    def _agreed(self, found: PhoneDraft, place: Place) -> None:
        found.draft.agreed = True
        found.draft.consent = agreed_to(translated, found.draft.language, self._settings(place))

    def _begin(self, begun: PhoneDraft, venue: str) -> ResponseReturnValue:
        response = self._go(begun, venue)
        set_cookie(response, phone.DRAFT, begun.draft.token)
        return response

    def _go(self, found: PhoneDraft, venue: str) -> flask.Response:
        """To the next page. Whoever comes again after sending is given the same once more."""
        if found.draft.sent:
            response = see(flask.url_for("place.result", venue=venue))
            phone.give(self._portal, response, found.keeps)
            return response
        page = route.CHECK if found.renews else route.next_page(found.draft, self._questions)
        return see(flask.url_for("declaring.page", venue=venue, page=page))

    def _may_see(self, found: PhoneDraft, page: str) -> bool:
        if found.draft.sent or not (found.draft.agreed or found.renews):
            return False
        return page == route.CHECK or self._is_open(found, page)

    def _is_open(self, found: PhoneDraft, page: str) -> bool:
        """Who is remembered here is never shown in clear, and not changed question by question."""
        question = self._questions.question(page)
        return question is not None and not (found.renews and question.kind in PERSONAL)

    def _page(self, found: PhoneDraft, place: Place, page: str, again: Again | None = None) -> str:
        draft, around = found.draft, _around(place)
        question = self._questions.question(page)
        if question is None:
            draft.reviewed = True
            return self._draw(
                "check",
                place,
                draft.language,
                again=again,
                renews=found.renews,
                rows=[(row, self._is_open(found, row.page)) for row in self._rows(found, around)],
                promise=self._promise(place, draft.language),
                remember_days=int(self._portal.remember.days),
            )
        known = draft.answers.get(question.id, "")
        return self._draw(
            "question",
            place,
            draft.language,
            question=question,
            again=again,
            typed=again.typed if again else around.typed_in(known),
            chosen=known if isinstance(known, tuple) else (known,),
            answered=question.id in draft.answers,
            back=route.page_before(draft, self._questions, question.id),
            progress=route.progress(draft, self._questions, question.id),
            tiles=around.tiles(None) if question.kind is Kind.COMMUNE else (),
            found=around.search(again.typed) if again and again.sure else (),
        )

    def _rows(self, found: PhoneDraft, around: Neighbourhood) -> list[Row]:
        pages = summary(found.draft, self._questions, around.short_name_of)
        rows = [row for page in pages for row in page]
        if not found.renews:
            return rows
        return [self._hidden(row) for row in rows]

    def _hidden(self, row: Row) -> Row:
        question = self._questions.question(row.page)
        if question is None or question.kind not in PERSONAL:
            return row
        shown = mask_name(row.value) if question.kind is Kind.NAME else _HIDDEN
        return Row(row.page, row.label, shown, row.is_long)

    def _draw(self, template: str, place: Place, language: str, **values: object) -> str:
        return flask.render_template(
            f"portal/{template}.html",
            place=place,
            language=language,
            title=self._questions.title,
            **values,
        )

    def _promise(self, place: Place, language: str) -> str:
        return promise(translated, language, self._settings(place))

    def _settings(self, place: Place) -> PageSettings:
        return PageSettings(venue_name=place.name, retention_days=self._portal.retention_days)

    def _today(self) -> datetime:
        return datetime.now(ZoneInfo(self._portal.time_zone))

    def _year_and_sex(self, answers: Mapping[str, object]) -> tuple[str, str]:
        found = []
        for kind in (Kind.YEAR, Kind.SEX):
            question = self._questions.of_kind(kind)
            found.append(str(answers.get(question.id, "")) if question else "")
        return found[0], found[1]


def _around(place: Place) -> Neighbourhood:
    return Neighbourhood(all_places(), place.near)
