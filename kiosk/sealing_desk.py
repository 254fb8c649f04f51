"""Seals who a person is for the event that is being stored, to the keys that the authority has handed down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.declaration import Consent
from kiosk.domain.identity import Identity
from kiosk.privacy.parts import Answers, contact_of, link_of
from kiosk.privacy.sealing import Context, Part, seal
from kiosk.wire.data import Sealed
from kiosk.wire.keys import AuthorityKeys, SealingKey, current

Sealer = Callable[[Context], tuple[Sealed | None, Sealed | None]]


@dataclass(frozen=True)
class SealingDesk:
    """`keys` answers the authority's keys as they are now, None when none have come: then nothing is sealed and
    nothing personal is kept, and the visit counts without its person."""

    keys: Callable[[], AuthorityKeys | None]
    now: Callable[[], datetime]

    @property
    def is_open(self) -> bool:
        keys = self.keys()
        return keys is not None and bool(keys.ingest) and bool(keys.tracing)

    def sealer(
        self,
        identity: Identity,
        answers: Answers | None = None,
        consent: Consent | None = None,
    ) -> Sealer:
        """What seals `link` and `contact` of this person once the event's place in its stream is known."""
        keys = self.keys() or AuthorityKeys()
        link, contact = link_of(identity), contact_of(identity, answers, consent)
        ingest, tracing = current(keys.ingest, self.now()), current(keys.tracing, self.now())

        def sealed(context: Context) -> tuple[Sealed | None, Sealed | None]:
            return (
                _sealed(Part.LINK, link, ingest, context),
                _sealed(Part.CONTACT, contact, tracing, context),
            )

        return sealed


def _sealed(
    part: Part, plain: bytes | None, key: SealingKey | None, context: Context
) -> Sealed | None:
    return None if plain is None or key is None else seal(part, plain, key, context)
