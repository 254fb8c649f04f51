"""Which release runs is told by the folder it was laid in."""

from kiosk.release import CHECKOUT, release


def test_a_release_is_called_like_its_folder_and_a_checkout_is_none(tmp_path):
    laid = tmp_path / "0.1.0-0123456789ab"
    laid.mkdir()
    assert release(laid) == CHECKOUT  # half made

    (laid / "complete").touch()

    assert release(laid) == "0.1.0-0123456789ab"
