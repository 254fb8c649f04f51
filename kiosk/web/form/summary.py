"""The check page: every question with its answer, numbers masked until the visitor asks to see them."""

from dataclasses import dataclass

from kiosk.questions import SKIPPED, Kind, Question, QuestionSet
from kiosk.web.form.drafts import Draft

_MASKED = frozenset({Kind.PHONE, Kind.ID_NUMBER})
# so much of a number stays readable at its end
_SHOWN_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Row:
    page: str
    label: str
    value: str  # empty: "none of these", or "I have none"


def summary(draft: Draft, questions: QuestionSet) -> tuple[Row, ...]:
    language = draft.language
    return tuple(
        Row(
            page=question.id,
            label=(question.short or question.text).of(language),
            value=_value(question, draft),
        )
        for question in questions.questions
    )


def _value(question: Question, draft: Draft) -> str:
    answer = draft.answers.get(question.id, SKIPPED)
    if isinstance(answer, tuple):
        chosen = [option.text for option in question.options if option.id in answer]
        return ", ".join(text.of(draft.language) for text in chosen)
    option = question.option(answer)
    if option is not None:
        return option.text.of(draft.language)
    if question.kind in _MASKED and not draft.unmasked:
        return masked(answer)
    return answer


def masked(number: str) -> str:
    """`0900000567` -> `•••••••567`"""
    return "•" * max(0, len(number) - _SHOWN_DIGITS) + number[-_SHOWN_DIGITS:]
