"""The addresses of the form. Post, redirect, get; nothing personal in an address, a log line or a cache.

An address holds a token that means nothing once the draft is gone, and then leads back to the screen.
"""

from collections.abc import Callable, Sequence
from datetime import date

import flask
from flask.typing import ResponseReturnValue

from kiosk.languages import LANGUAGES
from kiosk.questions import Kind, Question, QuestionSet, assess, shipped, unanswered
from kiosk.questions.places import all_places
from kiosk.web.form import route
from kiosk.web.form.answering import Again, doubted, read_answer
from kiosk.web.form.commune import Neighbourhood
from kiosk.web.form.consent import agreed_to
from kiosk.web.form.drafts import Draft, Drafts
from kiosk.web.form.person import declarer, told_by_code
from kiosk.web.form.rendering import Pages, translated
from kiosk.web.ports import PRINTED, PRINTING, Entrance, Slips
from kiosk.web.settings import PageSettings

NOT_STORED = "Not saved yet. Please send again, or see a staff member"


def create_form(
    entrance: Entrance,
    drafts: Drafts,
    settings: PageSettings,
    questions: QuestionSet | None = None,
    today: Callable[[], date] = date.today,
    near: Sequence[str] = (),
    shown_now: Callable[[], int] = lambda: -1,
    slips: Slips | None = None,
) -> flask.Blueprint:
    """To be registered in the visitor's screen. Whoever serves it has `drafts.sweep` called about once a second.

    `near` are the codes of the communes around the venue, the likeliest first (kiosk.questions.places). `shown_now`
    gives the number of what is on the screen: results after it are other visitors', told in a strip. `slips` prints the
    Pass, where there is a printer.
    """
    pages = flask.Blueprint("form", __name__, url_prefix="/form")
    form = _Form(entrance, drafts, settings, questions or shipped(), today, near, shown_now, slips)
    pages.add_url_rule("", view_func=form.start, endpoint="start", methods=["POST"])
    pages.add_url_rule("/refused", view_func=form.refused, endpoint="refused")
    pages.add_url_rule("/<token>", view_func=form.resume, endpoint="resume")
    pages.add_url_rule("/<token>/touch", view_func=form.touch, endpoint="touch", methods=["POST"])
    pages.add_url_rule("/<token>/found", view_func=form.found, endpoint="found", methods=["POST"])
    pages.add_url_rule("/<token>/leave", view_func=form.leave, endpoint="leave", methods=["POST"])
    pages.add_url_rule(
        "/<token>/another", view_func=form.another, endpoint="another", methods=["POST"]
    )
    pages.add_url_rule("/<token>/print", view_func=form.print, endpoint="print", methods=["POST"])
    pages.add_url_rule("/<token>/slip.json", view_func=form.slip, endpoint="slip")
    pages.add_url_rule("/<token>/<page>", view_func=form.show, endpoint="page")
    pages.add_url_rule(
        "/<token>/<page>", view_func=form.answer, endpoint="answer", methods=["POST"]
    )
    return pages


class _Form:
    """The views, with the few things they need."""

    def __init__(
        self,
        entrance: Entrance,
        drafts: Drafts,
        settings: PageSettings,
        questions: QuestionSet,
        today: Callable[[], date],
        near: Sequence[str],
        shown_now: Callable[[], int],
        slips: Slips | None,
    ) -> None:
        self._entrance = entrance
        self._drafts = drafts
        self._settings = settings
        self._questions = questions
        self._today = today
        self._shown_now = shown_now
        self._slips = slips
        self._around = Neighbourhood(all_places(), near)
        self._pages = Pages(
            questions,
            self._around,
            settings,
            lambda draft, typing: drafts.patience_s(draft, typing=typing),
            lambda: slips is not None and slips.is_offered,
        )

    def start(self) -> ResponseReturnValue:
        seq = flask.request.form.get("seq", "")
        identity = self._entrance.pending(int(seq)) if seq.isascii() and seq.isdigit() else None
        draft = self._drafts.start(identity)
        draft.since = self._shown_now()
        if identity is not None:
            draft.told = told_by_code(identity, self._questions, self._today().year)
            draft.answers.update(draft.told)
            commune = self._around.places.proposed(identity.address)
            draft.proposed_commune = commune.code if commune is not None else ""
        self._entrance.dismiss()
        return self._go(draft, route.CONSENT)

    def resume(self, token: str) -> ResponseReturnValue:
        draft = self._drafts.touch(token)
        return _home() if draft is None else self._go(draft, self._next(draft))

    def show(self, token: str, page: str) -> ResponseReturnValue:
        draft = self._drafts.touch(token, typing=self._is_typed(page))
        if draft is None:
            return _home()
        if not self._may_see(draft, page):
            return self._go(draft, self._next(draft))
        return self._pages.page(draft, page)

    def answer(self, token: str, page: str) -> ResponseReturnValue:
        draft = self._drafts.touch(token, typing=self._is_typed(page))
        if draft is None:
            return _home()
        if not self._may_see(draft, page):
            return self._go(draft, self._next(draft))
        if page == route.CONSENT:
            return self._consent(draft)
        if page == route.CHECK:
            return self._check(draft)
        question = self._questions.question(page)
        if question is None:
            return self._go(draft, self._next(draft))
        return self._question(draft, question)

    def touch(self, token: str) -> ResponseReturnValue:
        """The page tells of a touch; 410 tells the page that there is nothing left to show."""
        typing = flask.request.form.get("typing") == "yes"
        return "", 204 if self._drafts.touch(token, typing=typing) is not None else 410

    def found(self, token: str) -> ResponseReturnValue:
        """Communes for what has been typed so far. A POST, so that nothing of it is ever in an address."""
        if self._drafts.touch(token, typing=True) is None:
            return "", 410
        found = self._around.search(flask.request.form.get("typed", ""))
        return flask.jsonify(
            [
                {
                    "code": each.commune.code,
                    "name": each.commune.name,
                    "more": each.told_by,
                }
                for each in found
            ]
        )

    def leave(self, token: str) -> ResponseReturnValue:
        self._drafts.wipe(token)
        return _home()

    def another(self, token: str) -> ResponseReturnValue:
        """Whoever has declared for somebody goes on with the next person."""
        sent = self._drafts.touch(token)
        if sent is None or not sent.sent:
            return _home()
        self._drafts.wipe(token)
        draft = self._drafts.start(None)
        draft.since = sent.since
        draft.language, draft.slow = sent.language, sent.slow
        draft.agreed, draft.consent, draft.for_other = True, sent.consent, True
        return self._go(draft, self._next(draft))

    def print(self, token: str) -> ResponseReturnValue:
        """The Pass on paper as well. One slip a Pass, and another only where the first one failed."""
        sent = self._drafts.touch(token)
        if sent is None:
            return _home()
        if sent.slip is None or sent.slip.state not in (PRINTING, PRINTED):
            self._print(sent)
        return self._go(sent, self._next(sent))

    def slip(self, token: str) -> ResponseReturnValue:
        """What has become of the slip; asked for by the page while it is printed."""
        sent = self._drafts.look(token)
        if sent is None or sent.slip is None:
            return "", 410
        return flask.jsonify(state=sent.slip.state)

    def refused(self) -> ResponseReturnValue:
        language = flask.request.args.get("language", "vi")
        return flask.render_template(
            "form/refused.html", language=language if language in LANGUAGES else "vi"
        )

    # ---- one page's answer

    def _consent(self, draft: Draft) -> ResponseReturnValue:
        action = flask.request.form.get("action", "")
        if action in LANGUAGES:
            draft.language = action
        elif action == "slow":
            draft.slow = not draft.slow
        elif action == "other":
            draft.switch_person()
        elif action == "refuse":
            self._entrance.call_staff()
            self._drafts.wipe(draft.token)
            return _see(flask.url_for("form.refused", language=draft.language))
        elif action == "agree":
            draft.agreed = True
            draft.consent = agreed_to(translated(), draft.language, self._settings)
            return self._go(draft, self._next(draft))
        return self._go(draft, route.CONSENT)

    def _question(self, draft: Draft, question: Question) -> ResponseReturnValue:
        sent = flask.request.form
        chosen, this_year = sent.getlist("chosen"), self._today().year
        if question.kind is Kind.COMMUNE:
            if sent.get("action") == "other":
                draft.typing_commune = True
                return self._go(draft, question.id)
            result = self._around.read_answer(sent, chosen, this_year)
        else:
            result = read_answer(question, sent, chosen, this_year)
        if isinstance(result, Again):
            return self._pages.page(draft, question.id, result)
        result = doubted(question, result, sent.get("sure", ""), self._questions, draft.answers)
        if isinstance(result, Again):
            return self._pages.page(draft, question.id, result)
        draft.answers[question.id] = result.answer
        return self._go(draft, self._next(draft))

    def _check(self, draft: Draft) -> ResponseReturnValue:
        action = flask.request.form.get("action")
        if action == "unmask":
            draft.unmasked = not draft.unmasked
        elif action == "more":
            draft.check_page += 1
        if action != "send":
            return self._go(draft, route.CHECK)
        if unanswered(self._questions, draft.answers):
            return self._go(draft, self._next(draft))
        return self._send(draft)

    def _send(self, draft: Draft) -> ResponseReturnValue:
        if self._drafts.take(draft.token) is None:
            return _home()
        declared = self._entrance.declare(
            declarer(draft.person, self._questions, draft.answers, self._around.name_of),
            assess(self._questions, draft.answers),
            self._questions.version,
            draft.consent,
            draft.answers,
        )
        if not declared.stored:
            self._drafts.put_back(draft)
            return self._pages.page(draft, route.CHECK, Again(NOT_STORED)), 503
        if not declared.pass_code and not (draft.for_other and declared.outcome == "accepted"):
            return _home()
        left = self._drafts.finish(draft, declared.pass_code, declared.pass_until)
        left.since = self._shown_now()
        left.must_wait = declared.must_wait
        if self._slips is not None and self._slips.automatic:
            self._print(left)
        return self._go(left, self._next(left))

    def _print(self, sent: Draft) -> None:
        if self._slips is not None and sent.pass_code and sent.pass_until is not None:
            sent.slip = self._slips.print_pass(sent.pass_code, sent.pass_until)

    # ---- what they share

    def _next(self, draft: Draft) -> str:
        return route.next_page(draft, self._questions)

    def _may_see(self, draft: Draft, page: str) -> bool:
        if draft.sent:
            return page == self._next(draft)
        if page == route.CONSENT:
            return True
        if not draft.agreed:
            return False
        return page == route.CHECK or self._questions.question(page) is not None

    def _is_typed(self, page: str) -> bool:
        return route.is_typed(self._questions.question(page))

    def _go(self, draft: Draft, page: str) -> ResponseReturnValue:
        return _see(flask.url_for("form.page", token=draft.token, page=page))


def _see(address: str) -> ResponseReturnValue:
    return flask.redirect(address, code=303)


def _home() -> ResponseReturnValue:
    return _see("/")
