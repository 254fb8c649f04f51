"""The way through the form: which page comes next, which one before, how far along a visitor is."""

from kiosk.questions import Kind, Question, QuestionSet
from kiosk.web.form.drafts import Draft

CONSENT = "consent"
CHECK = "check"
PASS = "pass"
DONE = "done"

TYPED = frozenset({Kind.NAME, Kind.YEAR, Kind.PHONE, Kind.ID_NUMBER, Kind.COMMUNE, Kind.TEXT})


def asked(draft: Draft, questions: QuestionSet) -> list[str]:
    """The pages of this draft in their order. What a card has told is not asked, only shown at the end."""
    ids = [each.id for each in questions.questions if each.id not in draft.by_card]
    return [CONSENT, *ids, CHECK]


def next_page(draft: Draft, questions: QuestionSet) -> str:
    """The first page that still waits for an answer."""
    if draft.sent:
        return PASS if draft.pass_code else DONE
    if not draft.agreed:
        return CONSENT
    return next(
        (page for page in asked(draft, questions)[1:-1] if page not in draft.answers), CHECK
    )


def page_before(draft: Draft, questions: QuestionSet, page: str) -> str:
    """Where Back leads. From a page that was opened to change an answer, to the check page again."""
    if draft.reviewed and page != CHECK:
        return CHECK
    pages = asked(draft, questions)
    return pages[max(0, pages.index(page) - 1)] if page in pages else CHECK


def progress(draft: Draft, questions: QuestionSet, page: str) -> tuple[int, int]:
    """(number of this page, number of pages), from 1."""
    pages = asked(draft, questions)
    return (pages.index(page) + 1 if page in pages else len(pages)), len(pages)


def is_typed(question: Question | None) -> bool:
    return question is not None and question.kind in TYPED
