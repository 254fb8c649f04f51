import socket

import pytest

from kiosk.errors import KioskError
from kiosk.simulation import ports
from kiosk.simulation.ports import free_port, is_free
from kiosk.simulation.site import Ports, choose_ports


def test_a_free_port_is_below_those_of_outgoing_connections():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        handed_out = listening.getsockname()[1]

    lowest = ports.first_outgoing()

    assert handed_out >= lowest
    assert all(free_port() < lowest for _ in range(100))


def test_a_free_port_is_given_once():
    given = [free_port() for _ in range(200)]

    assert len(set(given)) == len(given)


def test_a_port_on_which_somebody_listens_is_not_free():
    port = free_port()
    assert is_free(port)

    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)


def test_where_outgoing_connections_may_take_every_port_one_is_found_all_the_same(
    tmp_path, monkeypatch
):
    setting = tmp_path / "range"
    setting.write_text("1024\t65535\n")
    monkeypatch.setattr(ports, "_OUTGOING", setting)

    assert is_free(free_port())


def test_a_wanted_port_that_is_in_use_is_named_and_the_others_are_chosen():
    chosen = choose_ports(Ports(0, 0, 0, 0))
    assert len(set(vars(chosen).values())) == 6

    with (
        socket.create_server(("127.0.0.1", chosen.screen)),
        pytest.raises(KioskError, match="--screen-port"),
    ):
        choose_ports(chosen)
