from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from collector.access import hand_out, passwords
from collector.access.door import Door, Refused, SignInRefused
from collector.access.roles import Right, Role, may, needs_second_factor
from collector.access.shapes import AccessError, Due
from collector.access.sqlite_access import SqliteAccess
from collector.both import Both


def refused(clerk, now, **how):
    with pytest.raises(SignInRefused) as caught:
        clerk.sign_in(now, **how)
    return caught.value


def test_a_temporary_password_opens_nothing_but_the_page_that_changes_it(clerk, now) -> None:
    who = clerk(Role.ADMINISTRATOR).sign_in(now)

    assert who.due is Due.PASSWORD
    assert not any(who.may(right) for right in Right)


def test_with_a_password_of_ones_own_a_registrar_may_register(clerk, now) -> None:
    who = clerk(Role.REGISTRAR).settle(now)

    assert who.due is Due.NOTHING
    assert {right for right in Right if who.may(right)} == {
        *(Right.SEE, Right.REGISTER, Right.COMMAND)
    }


def test_an_officer_may_do_nothing_before_the_second_factor_is_set_up(clerk, now) -> None:
    officer = clerk(Role.OFFICER)

    who = officer.door.set_password(officer.sign_in(now), officer.password, "một câu dài thật", now)

    assert who.due is Due.SECOND_FACTOR
    assert not any(who.may(right) for right in Right)


def test_with_a_second_factor_the_password_alone_lets_nobody_in(clerk, now, minute) -> None:
    officer = clerk(Role.OFFICER)
    officer.settle(now)
    code = pyotp.TOTP(officer.secret).at(now + minute)

    assert refused(officer, now + minute, code="000000").reason is Refused.WRONG
    assert officer.sign_in(now + minute, code=code).may(Right.TRACE)


def test_a_code_counts_once(clerk, now, minute) -> None:
    officer = clerk(Role.OFFICER)
    officer.settle(now)
    officer.sign_in(now + minute)

    assert refused(officer, now + minute).reason is Refused.WRONG


@pytest.mark.parametrize(("late_s", "is_taken"), [(0, True), (29, True), (75, False), (-75, False)])
def test_a_phone_may_be_one_step_off_and_no_more(clerk, now, minute, late_s, is_taken) -> None:
    officer = clerk(Role.OFFICER)
    officer.settle(now)
    later = now + 5 * minute
    code = pyotp.TOTP(officer.secret).at(later - timedelta(seconds=late_s))

    if is_taken:
        officer.sign_in(later, code=code)
    else:
        assert refused(officer, later, code=code).reason is Refused.WRONG


def test_a_wrong_name_a_wrong_password_and_a_locked_account_are_told_alike(clerk, now) -> None:
    known, stranger = clerk(), clerk(name="kim.khac")
    stranger.name = "khong.ai"
    hand_out.lock(known.access, "kim.mau")

    told = [
        refused(known, now),
        refused(known, now, password="wrong"),
        refused(stranger, now),
    ]

    assert {(one.reason, one.wait_s, str(one)) for one in told} == {(Refused.WRONG, 0, "wrong")}


def test_a_temporary_password_is_over_after_three_days(clerk, now, minute) -> None:
    late = clerk()

    assert refused(late, now + hand_out.TEMPORARY).reason is Refused.WRONG
    assert late.sign_in(now + hand_out.TEMPORARY - minute)


def test_whoever_fails_waits_longer_each_time_also_with_the_right_password(clerk, now) -> None:
    guessed = clerk()
    waits = []
    for _ in range(30):
        error = refused(guessed, now, password="guess")
        if error.reason is Refused.WAIT:
            waits.append(error.wait_s)
            assert refused(guessed, now).reason is Refused.WAIT
            now += timedelta(seconds=error.wait_s)

    assert waits[:5] == [5, 10, 20, 40, 80]
    assert waits[-1] == 15 * 60


def test_waits_survive_a_restart_and_end_by_themselves(clerk, now, tmp_path: Path) -> None:
    guessed = clerk()
    for _ in range(5):
        refused(guessed, now, password="guess")

    guessed.door = Door(SqliteAccess(tmp_path / "access.db"))

    assert refused(guessed, now).wait_s == 5
    assert guessed.sign_in(now + timedelta(seconds=5))


def test_a_name_that_does_not_exist_has_to_wait_too(clerk, now) -> None:
    nobody = clerk()
    nobody.name = "khong.ai"
    for _ in range(5):
        refused(nobody, now)

    assert refused(nobody, now).reason is Refused.WAIT


def test_one_address_that_tries_many_names_has_to_wait_and_others_do_not(clerk, now) -> None:
    known = clerk()
    for at in range(30):
        with pytest.raises(SignInRefused):
            known.door.sign_in(f"ai-{at}", "guess", "", "198.51.100.1", now)

    assert refused(known, now, address="198.51.100.1").reason is Refused.WAIT
    assert known.sign_in(now, address="198.51.100.2")


def test_signing_in_clears_the_account_and_not_what_its_address_did(clerk, now) -> None:
    known = clerk()
    for _ in range(4):
        refused(known, now, password="guess")
    known.sign_in(now)
    for _ in range(5):
        refused(known, now, password="guess")

    for at in range(21):
        with pytest.raises(SignInRefused):
            known.door.sign_in(f"ai-{at}", "guess", "", "192.0.2.7", now)
    with pytest.raises(SignInRefused) as caught:
        known.door.sign_in("ai-khac", "guess", "", "192.0.2.7", now)
    assert caught.value.reason is Refused.WAIT


def test_a_session_outlives_a_restart_but_not_its_hours(clerk, now, tmp_path: Path) -> None:
    token = clerk().settle(now).token
    door = Door(SqliteAccess(tmp_path / "access.db"))

    for minutes in range(20, 12 * 60, 20):
        assert door.signed_in(token, now + timedelta(minutes=minutes))
    assert door.signed_in(token, now + timedelta(hours=12)) is None


def test_a_session_ends_when_nothing_is_done_and_what_a_page_does_by_itself_is_nothing(
    clerk, now
) -> None:
    settled = clerk()
    token = settled.settle(now).token

    for minutes in range(1, 30):
        at = now + timedelta(minutes=minutes)
        assert settled.door.signed_in(token, at, counts_as_use=False)

    assert settled.door.signed_in(token, now + timedelta(minutes=30)) is None


@pytest.mark.parametrize("what", ["lock", "reset", "sign_out", "new_password"])
def test_a_session_is_over_at_once_after(clerk, now, what) -> None:
    settled = clerk()
    who = settled.settle(now)

    if what == "lock":
        hand_out.lock(settled.access, settled.name)
    elif what == "reset":
        hand_out.reset(settled.access, settled.name, now)
    elif what == "sign_out":
        settled.door.sign_out(who.token)
    else:
        settled.door.set_password(who, settled.password, "câu khác cũng dài", now)

    assert settled.door.signed_in(who.token, now) is None


def test_a_session_that_began_while_the_account_was_being_locked_is_over_too(clerk, now) -> None:
    settled = clerk()
    who = settled.settle(now)

    locked = replace(settled.access.account(settled.name), is_locked=True)
    settled.access.change(locked, ends_sessions=False)

    assert settled.door.signed_in(who.token, now) is None


def test_a_reset_asks_for_the_second_factor_again_and_lifts_lock_and_waits(clerk, now) -> None:
    officer = clerk(Role.OFFICER)
    officer.settle(now)
    hand_out.lock(officer.access, officer.name)
    for _ in range(6):
        with pytest.raises(SignInRefused):
            officer.sign_in(now)

    officer.password, officer.secret = hand_out.reset(officer.access, officer.name, now), ""

    assert officer.sign_in(now).due is Due.PASSWORD
    assert not officer.access.account(officer.name).totp_secret


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "\udce1"[:0]])
def test_a_token_nobody_gave_out_is_nobodys(access, now, token) -> None:
    assert Door(access).signed_in(token, now) is None


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("ngắn", "12"),
        ("kim.mau-2026-xyz", "dễ đoán"),
        ("aaaaaaaaaaaa", "dễ đoán"),
        ("x" * 129, "128"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_its_reason(clerk, now, new, told) -> None:
    someone = clerk()
    who = someone.sign_in(now)

    said = someone.door.set_password(who, someone.password, new, now)

    assert isinstance(said, Both)
    assert told in said.vi


def test_whoever_finds_an_open_session_cannot_take_the_account(clerk, now) -> None:
    someone = clerk()
    who = someone.settle(now)

    said = someone.door.set_password(who, "not the password", "câu khác cũng dài", now)

    assert isinstance(said, Both)
    assert someone.sign_in(now)


def test_neither_password_nor_token_nor_typed_name_is_on_the_disk(clerk, now, tmp_path) -> None:
    someone = clerk()
    who = someone.settle(now)
    with pytest.raises(SignInRefused):
        someone.door.sign_in("mat khau cua toi", "x", "", "192.0.2.7", now)

    kept = b"".join(file.read_bytes() for file in tmp_path.glob("access.db*"))

    for secret in (someone.password, who.token, who.csrf, "mat khau cua toi", "192.0.2.7"):
        assert secret.encode() not in kept
    assert (tmp_path / "access.db").stat().st_mode & 0o077 == 0
    assert who.token not in repr(who)
    assert "argon2" not in repr(who)


def test_names_that_will_not_do_or_are_taken_are_refused(access, now) -> None:
    hand_out.add(access, "kim.mau", Role.VIEWER, now)

    for name in ("kim.mau", "Kim", "k", "kim mau", "a" * 41, "-kim"):
        with pytest.raises(AccessError):
            hand_out.add(access, name, Role.VIEWER, now)


def test_no_account_may_both_trace_and_hand_out_accounts() -> None:
    for role in Role:
        assert not (may(role, Right.TRACE) and may(role, Right.ADMINISTER))
        assert may(role, Right.SEE)
        if may(role, Right.TRACE) or may(role, Right.ADMINISTER):
            assert needs_second_factor(role)


def test_real_passwords_are_kept_under_argon2id_with_64_mib(access, now) -> None:
    password = hand_out.add(access, "kim.mau", Role.VIEWER, now)

    kept = access.account("kim.mau").password_hash

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.OF_NOBODY.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches(password, kept)
    assert not passwords.matches(password + "x", kept)
    assert not passwords.matches("x", passwords.OF_NOBODY)


def test_a_hash_of_an_older_cost_is_made_anew_at_the_next_sign_in(clerk, now) -> None:
    someone = clerk()
    someone.door = Door(someone.access)

    someone.sign_in(now)

    assert "m=65536" in someone.access.account(someone.name).password_hash


def test_temporary_passwords_are_all_different_and_strong_enough_for_their_owner() -> None:
    made = {passwords.temporary() for _ in range(200)}

    assert len(made) == 200
    assert all(passwords.fault_of(one, "kim.mau") is None for one in made)
