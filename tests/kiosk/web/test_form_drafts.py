"""How long what a visitor typed lives. The clock is a value here."""

from kiosk.web.form import Drafts


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def drafts_at(clock: Clock) -> Drafts:
    return Drafts(clock, idle_s=60.0, warning_s=20.0)


def test_a_draft_lives_until_eighty_seconds_after_the_last_touch() -> None:
    clock = Clock()
    drafts = drafts_at(clock)
    token = drafts.start(None).token

    clock.now_s += 79.9
    assert drafts.touch(token) is not None
    clock.now_s += 79.9
    assert drafts.touch(token) is not None
    clock.now_s += 80.0
    assert drafts.touch(token) is None


def test_nobody_has_to_ask_for_a_draft_to_be_wiped() -> None:
    clock = Clock()
    drafts = drafts_at(clock)
    drafts.start(None)

    clock.now_s += 80.0
    drafts.sweep()

    assert len(drafts) == 0


def test_typing_gives_half_a_minute_more() -> None:
    clock = Clock()
    drafts = drafts_at(clock)
    token = drafts.start(None).token
    drafts.touch(token, typing=True)

    clock.now_s += 109.9
    assert drafts.touch(token, typing=True) is not None
    clock.now_s += 110.0
    assert drafts.touch(token, typing=True) is None


def test_more_time_doubles_both_the_idle_time_and_the_warning() -> None:
    clock = Clock()
    drafts = drafts_at(clock)
    draft = drafts.start(None)
    draft.slow = True
    drafts.touch(draft.token)

    assert drafts.patience_s(draft, typing=False) == (120.0, 40.0)
    assert drafts.patience_s(draft, typing=True) == (180.0, 40.0)
    clock.now_s += 159.9
    assert drafts.touch(draft.token) is not None


def test_a_draft_is_taken_once_and_can_be_put_back() -> None:
    drafts = drafts_at(Clock())
    draft = drafts.start(None)

    assert drafts.take(draft.token) is draft
    assert drafts.take(draft.token) is None
    drafts.put_back(draft)
    assert drafts.touch(draft.token) is draft


def test_a_wiped_draft_is_gone_at_once() -> None:
    drafts = drafts_at(Clock())
    token = drafts.start(None).token

    drafts.wipe(token)

    assert drafts.touch(token) is None


def test_pages_left_open_cannot_fill_the_memory_and_the_oldest_goes_first() -> None:
    clock = Clock()
    drafts = drafts_at(clock)
    tokens = []
    for _ in range(9):
        tokens.append(drafts.start(None).token)
        clock.now_s += 1.0

    assert len(drafts) == 8
    assert drafts.touch(tokens[0]) is None
    assert drafts.touch(tokens[1]) is not None


def test_no_two_drafts_have_the_same_token_and_none_can_be_guessed() -> None:
    drafts = drafts_at(Clock())
    tokens = {drafts.start(None).token for _ in range(50)}

    assert len(tokens) == 50
    assert all(len(token) >= 20 for token in tokens)


def test_a_draft_tells_nothing_of_a_person_when_it_is_printed() -> None:
    draft = drafts_at(Clock()).start(None)
    draft.answers["name"] = "Thạch Thị Mẫu"

    assert "Mẫu" not in f"{draft!r} {draft}"
