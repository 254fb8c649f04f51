"""A visitor's finger without a browser: fills in the form page by page over HTTP, as the pages themselves would."""

import contextlib
import http.client
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from kiosk.errors import KioskError

# what a made-up visitor answers on each page that the form leads to
ANSWERS: Mapping[str, dict[str, str]] = {
    "consent": {"action": "agree"},
    "name": {"typed": "Thạch Thị Mẫu"},
    "birth": {"typed": "1990"},
    "sex": {"chosen": "female"},
    "phone": {"typed": "0900000000"},
    "number": {"action": "skip"},
    "commune": {"typed": "Phường Trà Vinh"},
    "symptoms": {"action": "none"},
    "contact": {"chosen": "no"},
    "travel": {"chosen": "no"},
}
_SEND = {"check": {"action": "send"}}
_FEVER = {"symptoms": {"chosen": "fever", "action": ""}}
_CSRF = re.compile(r'name="csrf" content="([^"]+)"')
MOST_PAGES = 20


class Declarer:
    """Fills in the form of the kiosk whose screen is on this port. `answers` replaces those of some pages, by name."""

    def __init__(self, port: int, answers: Mapping[str, dict[str, str]] | None = None) -> None:
        self._port = port
        self._answers = {**ANSWERS, **_SEND, **(answers or {})}

    def declare(self, seq: int, *, symptoms: bool, wants_slip: bool = False) -> None:
        """Take up the `missing` result with this number and send a declaration; ask for the Pass on paper where
        `wants_slip`. Raise KioskError when the form does not lead to its end."""
        answers = self._answers | (_FEVER if symptoms else {})
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        with contextlib.closing(connection):
            try:
                token = self._token(connection)
                address = self._post(connection, "/form", {"seq": str(seq)}, token)
                for _ in range(MOST_PAGES):
                    if address == "/":
                        return
                    page = address.rpartition("/")[2]
                    if page == "pass":
                        if wants_slip:
                            self._post(
                                connection, address.removesuffix("pass") + "print", {}, token
                            )
                        self._post(connection, address.removesuffix("pass") + "leave", {}, token)
                        return
                    if page not in answers:
                        raise KioskError(f"the form asks for {page}, which no visitor here knows")
                    address = self._post(connection, address, answers[page], token)
            except (OSError, http.client.HTTPException) as error:
                raise KioskError("the form does not answer") from error
        raise KioskError(f"the form has no end: {MOST_PAGES} pages and no verdict")

    def _token(self, connection: http.client.HTTPConnection) -> str:
        connection.request("GET", "/")
        found = _CSRF.search(connection.getresponse().read().decode())
        if found is None:
            raise KioskError("the visitor's screen holds no form token")
        return found[1]

    def _post(
        self,
        connection: http.client.HTTPConnection,
        address: str,
        fields: dict[str, str],
        token: str,
    ) -> str:
        """The address that the form leads to."""
        body = urlencode({**fields, "csrf": token})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", address, body, kind)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 303:
            page = address.rpartition("/")[2]
            raise KioskError(f"the form answers {answer.status} to page {page}")
        return answer.headers.get("Location", "")
