"""What staff hear of the certificate by which their kiosk is known."""

from datetime import UTC, datetime, timedelta

from collector import authority
from kiosk.bootstrap.certificate_days import LOOK_S, CertificateDays


def test_the_days_that_are_left_are_told_and_looked_at_once_an_hour(tmp_path):
    authority.create(tmp_path / "authority")
    now_s = [0.0]
    days = CertificateDays(tmp_path / "kiosk-1.pem", lambda: now_s[0])
    assert days() is None

    authority.issue(tmp_path / "authority", "kiosk-1", tmp_path)
    assert days() is None
    now_s[0] += LOOK_S + 1

    left = datetime.now(UTC) + timedelta(days=days() or 0)
    assert left < datetime.now(UTC) + authority.DEVICE_VALID
    assert days() == (authority.DEVICE_VALID - timedelta(minutes=1)).days


def test_what_is_no_certificate_tells_nothing(tmp_path):
    (tmp_path / "kiosk-1.pem").write_text("no certificate")

    assert CertificateDays(tmp_path / "kiosk-1.pem", lambda: 0.0)() is None
