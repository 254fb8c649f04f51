"""Draws one page of the form for one draft."""

from collections.abc import Callable
from typing import cast

import flask

from kiosk.domain.shown import HOLD_S
from kiosk.questions import Kind, Question, QuestionSet
from kiosk.web.form import route
from kiosk.web.form.answering import Again
from kiosk.web.form.commune import Neighbourhood
from kiosk.web.form.consent import Translated, promise
from kiosk.web.form.drafts import Draft
from kiosk.web.form.pass_page import shown_pass
from kiosk.web.form.summary import summary
from kiosk.web.ports import PRINTED, PRINTING
from kiosk.web.settings import PageSettings

_TEMPLATES = {
    Kind.NAME: "words",
    Kind.COMMUNE: "places",
    Kind.TEXT: "words",
    Kind.YEAR: "digits",
    Kind.PHONE: "digits",
    Kind.ID_NUMBER: "digits",
    Kind.SEX: "one",
    Kind.ONE: "one",
    Kind.SEVERAL: "several",
}
# (draft, whether the page is typed on) -> seconds until the page warns, seconds from then until the draft is wiped
Patience = Callable[[Draft, bool], tuple[float, float]]


def translated() -> Translated:
    """The catalogue of the application that answers now."""
    return cast(Translated, flask.current_app.jinja_env.globals["t"])


class Pages:
    def __init__(
        self,
        questions: QuestionSet,
        around: Neighbourhood,
        settings: PageSettings,
        patience: Patience,
        may_print: Callable[[], bool],
    ) -> None:
        self._questions = questions
        self._around = around
        self._settings = settings
        self._patience = patience
        self._may_print = may_print

    def page(self, draft: Draft, page: str, again: Again | None = None) -> str:
        """The page with this address; `again` is what to say when it comes back."""
        if page in (route.PASS, route.DONE):
            return self._end(draft, page)
        if page == route.CHECK:
            return self._check(draft, again)
        if page == route.CONSENT:
            words = promise(translated(), draft.language, self._settings)
            return self._draw("consent", draft, promise=words)
        question = self._questions.question(page)
        if question is None:
            return self._check(draft, again)
        return self._asked(draft, question, again)

    def _asked(self, draft: Draft, question: Question, again: Again | None) -> str:
        known = draft.answers.get(question.id, "")
        return self._draw(
            self._template(question, draft),
            draft,
            question=question,
            again=again,
            # nothing is chosen beforehand, but a visitor who comes back sees what they said
            typed=again.typed if again else self._around.typed_in(known),
            chosen=known if isinstance(known, tuple) else (known,),
            back=route.page_before(draft, self._questions, question.id),
            progress=route.progress(draft, self._questions, question.id),
            tiles=self._around.tiles(draft),
            found=self._around.search(again.typed) if again and again.sure else (),
            typing=route.is_typed(question),
        )

    def _check(self, draft: Draft, again: Again | None) -> str:
        draft.reviewed = True
        rows = summary(draft, self._questions, self._around.short_name_of)
        at = draft.check_page % len(rows)
        return self._draw(
            "check",
            draft,
            again=again,
            back=route.page_before(draft, self._questions, route.CHECK),
            rows=rows[at],
            is_last=at == len(rows) - 1,
        )

    def _end(self, draft: Draft, page: str) -> str:
        if page != route.PASS or draft.pass_until is None:
            return self._draw(page, draft)
        shown = shown_pass(draft.pass_code, draft.pass_until, self._settings.time_zone)
        slip = draft.slip.state if draft.slip is not None else ""
        may_print = slip not in (PRINTING, PRINTED) and self._may_print()
        return self._draw(page, draft, shown=shown, slip=slip, may_print=may_print)

    def _draw(self, template: str, draft: Draft, *, typing: bool = False, **values: object) -> str:
        idle_s, warning_s = self._patience(draft, typing)
        return flask.render_template(
            f"form/{template}.html",
            draft=draft,
            language=draft.language,
            title=self._questions.title,
            settings=self._settings,
            typing=typing,
            idle_s=idle_s,
            warning_s=warning_s,
            hold_s=HOLD_S,
            **values,
        )

    def _template(self, question: Question, draft: Draft) -> str:
        by_tiles = question.kind is Kind.COMMUNE and not draft.typing_commune
        return "communes" if by_tiles and self._around.tiles(draft) else _TEMPLATES[question.kind]
