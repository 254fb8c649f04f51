import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from collector import cli, passes
from collector.errors import CollectorError
from kiosk.credentials import classify, health_pass
from kiosk.credentials.trust import trust_list


@pytest.fixture
def folder(tmp_path):
    passes.create(tmp_path / "authority")
    return tmp_path / "authority"


def test_a_pass_by_the_lent_key_counts_at_every_kiosk_with_the_folder(folder, tmp_path):
    out, now = tmp_path / "kiosk", datetime.now(UTC)
    passes.delegate(folder, "Chợ Mẫu", out, 72)

    key = serialization.load_pem_private_key((out / passes.LENT_KEY).read_bytes(), None)
    code = health_pass.issue(
        key,
        pass_id=bytes(16),
        name="Thạch Thị Mẫu",
        not_before=now,
        not_after=now + timedelta(hours=1),
        policy_version=1,
    )

    trust = trust_list(
        [(out / passes.CERTIFICATE).read_bytes()],
        now,
        delegations=[(out / passes.DELEGATION).read_bytes()],
    )
    proof = classify(code.encode(), trust=trust, now=now).proof
    assert (proof.valid, proof.issuer) == (True, "Chợ Mẫu")


def test_keys_are_for_their_owner_alone(folder, tmp_path):
    passes.delegate(folder, "Chợ Mẫu", tmp_path / "out", 72)

    for key in (folder / passes.KEY, tmp_path / "out" / passes.LENT_KEY):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_an_authority_is_never_overwritten(folder):
    with pytest.raises(CollectorError, match="already"):
        passes.create(folder)


@pytest.mark.parametrize(
    ("venue", "hours"), [("Chợ Mẫu", 73), ("Chợ Mẫu", 0), ("Chợ Mẫu", float("nan")), ("", 72)]
)
def test_terms_that_no_kiosk_would_take_are_refused(folder, tmp_path, venue, hours):
    with pytest.raises(CollectorError):
        passes.delegate(folder, venue, tmp_path / "out", hours)

    assert not (tmp_path / "out").exists()


def test_without_an_authority_the_command_says_how_to_make_one(tmp_path, capsys):
    status = cli.main(
        ["passes", "delegate", "--dir", str(tmp_path), "--venue", "A", "--out", str(tmp_path)]
    )

    assert status == 1
    assert "collector passes authority" in capsys.readouterr().err
