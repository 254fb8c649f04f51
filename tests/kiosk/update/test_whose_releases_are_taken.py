import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.errors import ConfigError
from kiosk.update.bundle import UpdateError
from kiosk.update.pin import pinned


@pytest.fixture
def offered(tmp_path):
    """Writes the key of an authority, another one for each number."""

    def write(number):
        public = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).public_key()
        file = tmp_path / "authority.pub"
        file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return file

    return write


def test_the_first_key_counts_and_no_other_after_it(tmp_path, offered):
    pin = tmp_path / "etc/authority.pub"
    first = pinned(pin, offered(1))

    with pytest.raises(UpdateError, match="another one than that in"):
        pinned(pin, offered(2))

    assert pinned(pin, offered(1)).keys() == first.keys()


def test_a_file_that_is_no_key_is_not_copied_anywhere(tmp_path):
    secret = tmp_path / "shadow"
    secret.write_text("made up")

    with pytest.raises(ConfigError):
        pinned(tmp_path / "etc/authority.pub", secret)

    assert not (tmp_path / "etc").exists()


def test_before_it_has_joined_a_kiosk_takes_nobodys(tmp_path):
    with pytest.raises(UpdateError, match="no authority yet"):
        pinned(tmp_path / "authority.pub", None)
