"""Which row breaks the connection: a pure table, no broker."""

from kiosk.uplink.suspects import Suspects


def test_after_a_break_every_row_in_flight_is_a_suspect() -> None:
    suspects = Suspects()

    found = suspects.broke([3, 4, 5])

    assert found is None
    assert suspects.positions == {3, 4, 5}
    assert not suspects.one_is_alone


def test_a_suspect_that_is_answered_is_cleared() -> None:
    suspects = Suspects()
    suspects.broke([3, 4])
    suspects.goes_alone(7, 3)

    suspects.answered(6)  # something else
    still_alone = suspects.one_is_alone
    suspects.answered(7)

    assert still_alone
    assert suspects.positions == {4}
    assert not suspects.one_is_alone


def test_a_suspect_that_breaks_two_connections_alone_is_the_one() -> None:
    suspects = Suspects()
    suspects.broke([3, 4])
    suspects.goes_alone(7, 4)

    first = suspects.broke([4])
    suspects.begin()
    suspects.goes_alone(1, 4)
    second = suspects.broke([4])

    assert (first, second) == (None, 4)
    assert suspects.positions == {3}


def test_one_break_alone_is_forgiven_when_the_next_connection_answers() -> None:
    suspects = Suspects()
    suspects.broke([4])
    suspects.goes_alone(7, 4)
    suspects.broke([4])
    suspects.begin()
    suspects.goes_alone(1, 4)
    suspects.answered(1)

    suspects.broke([4])
    suspects.begin()
    suspects.goes_alone(1, 4)

    assert suspects.broke([4]) is None  # the count has begun again
