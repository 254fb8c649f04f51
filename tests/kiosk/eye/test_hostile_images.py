"""A few dozen of what `python -m bench.fuzz_reader` runs ten thousand of."""

import numpy as np
import pytest

from bench import fuzz_reader
from kiosk.eye.deep import DeepPlan
from kiosk.eye.readers.patient import PatientReader
from kiosk.eye.readers.zbar import ZbarReader
from kiosk.eye.readers.zxing import ZxingReader
from kiosk.eye.streaming import StreamingPlan


def test_no_hostile_image_raises_or_brings_out_bytes_that_no_code_carries():
    found = fuzz_reader.run(36, seed=20211231)

    assert found.raised == found.false_reads == found.nobodies == []
    assert found.kinds.total() == 36
    assert found.readings.total() > 50  # the images are not all beyond reading


def test_an_image_can_be_had_again_from_its_seed_and_number():
    for number in range(12):
        once, again = fuzz_reader.hostile(7, number), fuzz_reader.hostile(7, number)

        assert (once[0], once[2]) == (again[0], again[2])
        assert np.array_equal(once[1], again[1])


def test_bytes_from_elsewhere_would_be_found_out():
    findings = fuzz_reader.Findings()
    code = fuzz_reader.Found("QRCode", b"what nobody drew")

    fuzz_reader.judge("noise 0, a reader", [code], frozenset(), findings)

    assert findings.false_reads == ["noise 0, a reader"]


@pytest.mark.parametrize("shape", [(0, 0), (0, 9), (9, 0), (1, 1), (1, 4000)])
def test_an_image_without_room_for_a_code_holds_none(shape):
    image = np.zeros(shape, np.uint8)

    for reader in (ZxingReader(), ZbarReader(), PatientReader(ZxingReader("BoolCast"))):
        assert reader.read(image, invert=True) == []
    for plan in (DeepPlan(), StreamingPlan(ZxingReader()), StreamingPlan(ZbarReader())):
        assert plan.read(image) == []
