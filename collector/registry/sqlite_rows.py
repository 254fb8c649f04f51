"""Entries of the registry as rows of its SQLite file, and the WHERE of a filter."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from collector.days import at_ms, ms_of
from collector.registry import hours
from collector.registry.port import Admission, Enrolment, VenueFilter
from collector.registry.shapes import (
    Organisation,
    OrganisationKind,
    RegisteredKiosk,
    Venue,
    VenueState,
    VenueType,
)
from kiosk.questions.places import fold

Row = Mapping[str, Any]


def organisation_row(one: Organisation) -> dict[str, Any]:
    return {**asdict(one), "kind": str(one.kind)}


def organisation_of(row: Row) -> Organisation:
    return Organisation(row["id"], row["name"], OrganisationKind(row["kind"]), row["parent"])


def venue_row(one: Venue) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "type": str(one.type),
        "organisation": one.organisation,
        "commune": one.commune,
        "district": one.district,
        "address": one.address,
        "responsible": one.responsible,
        "phone": one.phone,
        "hours": hours.text_of(one.hours),
        "stay_min": one.stay_min,
        "state": str(one.state),
        "folded": fold(f"{one.id} {one.name} {one.address}"),
    }


def venue_of(row: Row) -> Venue:
    return Venue(
        id=row["id"],
        name=row["name"],
        type=VenueType(row["type"]),
        organisation=row["organisation"],
        commune=row["commune"],
        district=row["district"],
        address=row["address"],
        responsible=row["responsible"],
        phone=row["phone"],
        hours=hours.parse(row["hours"]),
        stay_min=row["stay_min"],
        state=VenueState(row["state"]),
    )


def kiosk_row(one: RegisteredKiosk) -> dict[str, Any]:
    return asdict(one)


def kiosk_of(row: Row) -> RegisteredKiosk:
    return RegisteredKiosk(row["id"], row["venue"], row["door"])


def enrolment_row(one: Enrolment) -> dict[str, Any]:
    return {
        "token_hash": one.token_hash,
        "venue": one.venue,
        "kiosk": one.kiosk,
        "made_ms": ms_of(one.made_at),
        "expires_ms": ms_of(one.expires_at),
        "used_ms": None if one.used_at is None else ms_of(one.used_at),
        "key_hash": one.key_hash,
    }


def enrolment_of(row: Row) -> Enrolment:
    return Enrolment(
        row["token_hash"],
        row["venue"],
        row["kiosk"],
        at_ms(row["made_ms"]),
        at_ms(row["expires_ms"]),
        None if row["used_ms"] is None else at_ms(row["used_ms"]),
        row["key_hash"],
    )


def admission_row(one: Admission) -> dict[str, Any]:
    return {
        "kiosk": one.kiosk,
        "key_hash": one.key_hash,
        "admitted_ms": ms_of(one.admitted_at),
        "revoked_ms": None if one.revoked_at is None else ms_of(one.revoked_at),
    }


def admission_of(row: Row) -> Admission:
    revoked_at = None if row["revoked_ms"] is None else at_ms(row["revoked_ms"])
    return Admission(row["kiosk"], row["key_hash"], at_ms(row["admitted_ms"]), revoked_at)


def where(wanted: VenueFilter) -> tuple[str, list[Any]]:
    """The condition and its values."""
    conditions, values = ["1"], []
    for word in fold(wanted.text).split():
        conditions.append("folded LIKE ?")
        values.append(f"%{word}%")  # folded: no % and no _ is left in it
    for column in ("type", "organisation", "commune", "district", "state"):
        if value := getattr(wanted, column):
            conditions.append(f"{column} = ?")
            values.append(str(value))
    if wanted.has_kiosk is not None:
        exists = "EXISTS (SELECT 1 FROM kiosk WHERE kiosk.venue = venue.id)"
        conditions.append(exists if wanted.has_kiosk else f"NOT {exists}")
    return " AND ".join(conditions), values
