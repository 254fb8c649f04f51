from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bench.joining import KIOSK, Province
from kiosk.enrol.collector import Collector
from kiosk.enrol.requests import csr_of
from kiosk.errors import KioskError
from kiosk.simulation.ports import free_port
from kiosk.wire import enrolment as code
from kiosk.wire.enrolment_answer import Enrolled


def _made(folder: Path) -> Iterator[Province]:
    made = Province(folder / "province", free_port(), free_port())
    made.lay_out()
    try:
        with made.mosquitto():
            yield made
    except KioskError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """A real broker, a real endpoint. A code is for one test only, so one province serves them all."""
    for made in _made(tmp_path_factory.mktemp("of-all")):
        with made.endpoint():
            yield made


@pytest.fixture
def own_province(tmp_path: Path) -> Iterator[Province]:
    """For a test that changes it; the endpoint is the test's to open."""
    yield from _made(tmp_path)


class NewKiosk:
    """What a kiosk does, without a disk: one key, any number of tries."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def join(self, text: str, name: str = KIOSK) -> Enrolled:
        collector = Collector(code.decode(text))
        return collector.enrol(csr_of(self.key, name), collector.authority())


@pytest.fixture
def new_kiosk() -> NewKiosk:
    return NewKiosk()


@pytest.fixture
def another_kiosk() -> NewKiosk:
    return NewKiosk()
