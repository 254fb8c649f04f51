import os
from datetime import UTC, datetime

import pytest

from kiosk import trust_folder
from kiosk.errors import ConfigError


def test_a_folder_without_certificates_trusts_nobody_and_is_old(tmp_path):
    trust = trust_folder.read(tmp_path)

    assert (dict(trust.signers), dict(trust.pass_issuers)) == ({}, {})
    assert trust.is_old(datetime(2026, 11, 24, tzinfo=UTC))


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="is not a folder"):
        trust_folder.read(tmp_path / "nowhere")


def test_something_that_is_no_certificate_is_told_with_its_folder(tmp_path):
    (tmp_path / "signer.pem").write_text("-----BEGIN nonsense")
    os.utime(tmp_path / "signer.pem", (0, 0))

    with pytest.raises(ConfigError, match=r"trust\.folder .* certificate 1"):
        trust_folder.read(tmp_path)
