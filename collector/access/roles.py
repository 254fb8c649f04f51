"""What each role may do. An administrator opens doors for others and sees no case; an officer sees cases and opens no
doors: nobody does both with one account.
"""

from enum import StrEnum

from collector.both import Both


class Role(StrEnum):
    VIEWER = "viewer"
    REGISTRAR = "registrar"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    SEE = "see"  # figures and the list of venues; nobody is named who is not responsible for one
    REGISTER = "register"  # change the registry, print posters, let kiosks join
    COMMAND = "command"  # ask something of a kiosk from afar: blink, pause, restart
    TRACE = "trace"  # cases, and what people ask about their own data
    ADMINISTER = "administer"  # accounts
    AUDIT = "audit"  # read what was done by whom; no person stands in it


_RIGHTS = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.REGISTRAR: frozenset({Right.SEE, Right.REGISTER, Right.COMMAND}),
    Role.OFFICER: frozenset({Right.SEE, Right.TRACE, Right.AUDIT}),
    Role.ADMINISTRATOR: frozenset(
        {Right.SEE, Right.REGISTER, Right.COMMAND, Right.ADMINISTER, Right.AUDIT}
    ),
}
_WITH_SECOND_FACTOR = {Role.OFFICER, Role.ADMINISTRATOR}

NAMES = {
    Role.VIEWER: Both("Người xem", "Viewer"),
    Role.REGISTRAR: Both("Cán bộ đăng ký", "Registrar"),
    Role.OFFICER: Both("Cán bộ truy vết", "Tracing officer"),
    Role.ADMINISTRATOR: Both("Quản trị", "Administrator"),
}


def may(role: Role, right: Right) -> bool:
    return right in _RIGHTS[role]


def needs_second_factor(role: Role) -> bool:
    return role in _WITH_SECOND_FACTOR
