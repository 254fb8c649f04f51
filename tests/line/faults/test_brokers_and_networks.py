"""Brokers that die and forget, networks that fail, clocks that lie, hostile messages, marks that must not stay."""

import pytest

from bench.faults import broker, canary, clock, damage, hostile, network, power

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]


@pytest.mark.long
def test_a_broker_that_is_killed_again_and_again_loses_nothing(holds, quiet):
    holds(broker.killed, 6, quiet)


def test_a_broker_that_acknowledges_and_forgets_loses_nothing(holds, quiet):
    holds(broker.forgets, quiet)


@pytest.mark.long
def test_clocks_that_jump_keep_the_order_and_are_put_right(holds, quiet):
    holds(clock.run, 3, True, quiet)


@pytest.mark.long
def test_a_damaged_database_is_set_aside_and_what_is_missing_is_named(holds, quiet):
    holds(damage.run, 2, True, quiet)


def test_hostile_messages_change_nothing(holds, quiet):
    holds(hostile.run, 400, True, quiet)


@pytest.mark.long
def test_a_power_cut_loses_nothing_and_the_test_can_fail(holds, quiet):
    holds(power.run, 4, True, quiet)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_networks_that_fail_lose_nothing_and_nobody_waits(holds, quiet):
    holds(network.run, 3_000, True, quiet)


@pytest.mark.long
def test_a_canary_day_leaves_no_mark(holds, quiet):
    holds(canary.run, 4, True, quiet)
