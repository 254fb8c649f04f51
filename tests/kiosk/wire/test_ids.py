import uuid
from itertools import pairwise

import pytest

from kiosk.wire.ids import UUID7, uuid7


def test_the_example_of_the_standard() -> None:
    # RFC 9562, appendix A.6: unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F
    random_bytes = bytes.fromhex("0cc3" + "18c4dc0c0c07398f")

    assert uuid7(0x017F22E279B0, random_bytes) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_ids_sort_by_time_and_carry_version_and_variant() -> None:
    ids = [uuid7(ms, b"\xff" * 10) for ms in (0, 1, 255, 256, 2**40, 2**48 - 1)]

    assert all(a < b for a, b in pairwise(ids))
    assert all(UUID7.fullmatch(text) and uuid.UUID(text).version == 7 for text in ids)


@pytest.mark.parametrize(
    ("now_ms", "random_bytes"), [(-1, bytes(10)), (2**48, bytes(10)), (0, bytes(9)), (0, b"")]
)
def test_what_does_not_fit_is_refused(now_ms: int, random_bytes: bytes) -> None:
    with pytest.raises(ValueError, match="uuid7 takes"):
        uuid7(now_ms, random_bytes)
