"""The check page: every question with its answer, numbers masked until the visitor asks to see them."""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.questions import SKIPPED, Kind, Question, QuestionSet
from kiosk.web.form.drafts import Draft

_MASKED = frozenset({Kind.PHONE, Kind.ID_NUMBER})
_LONG = frozenset({Kind.NAME, Kind.COMMUNE, Kind.TEXT})
# so much of a number stays readable at its end
_SHOWN_DIGITS = 3
# What fits on one page beside the button that sends: cells of a grid three wide, where a long value takes two. Four
# rows of Latin text fit a panel of 450 px, three of Khmer.
_CELLS, _CELLS_OF = 11, {"km": 8}


@dataclass(frozen=True, slots=True)
class Row:
    page: str
    label: str
    value: str  # empty: "none of these", or "I have none"
    is_long: bool = False


def summary(
    draft: Draft, questions: QuestionSet, name_of_commune: Callable[[str], str]
) -> list[list[Row]]:
    """The rows, page by page; one page at least."""
    pages: list[list[Row]] = [[]]
    free = _CELLS_OF.get(draft.language, _CELLS)
    for question in questions.questions:
        row = Row(
            page=question.id,
            label=(question.short or question.text).of(draft.language),
            value=_value(question, draft, name_of_commune),
            is_long=question.kind in _LONG,
        )
        needed = 2 if row.is_long else 1
        if needed > free:
            pages.append([])
            free = _CELLS_OF.get(draft.language, _CELLS)
        pages[-1].append(row)
        free -= needed
    return pages


def _value(question: Question, draft: Draft, name_of_commune: Callable[[str], str]) -> str:
    answer = draft.answers.get(question.id, SKIPPED)
    if isinstance(answer, tuple):
        chosen = [option.text for option in question.options if option.id in answer]
        return ", ".join(text.of(draft.language) for text in chosen)
    option = question.option(answer)
    if option is not None:
        return option.text.of(draft.language)
    if question.kind is Kind.COMMUNE:
        return name_of_commune(answer)
    if question.kind in _MASKED and not draft.unmasked:
        return masked(answer)
    return answer


def masked(number: str) -> str:
    """`0900000567` -> `•••••••567`"""
    return "•" * max(0, len(number) - _SHOWN_DIGITS) + number[-_SHOWN_DIGITS:]
