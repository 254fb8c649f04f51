"""Phones that follow a monitor's stream, in a process of their own: what they cost them is not the kiosk's to pay."""

import http.client
import json
import ssl
import subprocess
import sys
import threading
import time

LIMIT_S = 20.0


class Phones:
    """So many that follow the stream at this port, each with one of the cookies. `arrived` holds, for each of them,
    when each number of visits was first seen, by the monotonic clock, which all processes share."""

    def __init__(self, port: int, cookies: list[str]) -> None:
        self.arrived: list[dict[int, float]] = [{} for _ in cookies]
        self._following = 0
        self._all_follow = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.phones", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{cookie}\n" for cookie in cookies))
        self._process.stdin.close()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        if cookies:
            assert self._all_follow.wait(LIMIT_S), "the phones do not follow"

    def have_seen(self, number: int) -> bool:
        return all(number in arrived for arrived in self.arrived)

    def close(self) -> None:
        """Once the stream has ended."""
        self._thread.join(LIMIT_S)
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            match line.split():
                case phone, number, at_s:
                    self.arrived[int(phone)].setdefault(int(number), float(at_s))
                case _, "follows":
                    self._following += 1
                    if self._following == len(self.arrived):
                        self._all_follow.set()


def connected(port: int) -> http.client.HTTPSConnection:
    """By TLS. The certificate was made for itself; what is measured is the way, not the trust."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)


def _say(*words: object) -> None:
    """A line in one piece: other threads write as well."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def _follow(port: int, phone: int, cookie: str) -> None:
    connection = connected(port)
    connection.request("GET", "/events", headers={"Cookie": cookie})
    answer = connection.getresponse()
    _say(phone, "follows")
    while line := answer.fp.readline():
        if line.startswith(b"data: "):
            at_s = time.monotonic()
            _say(phone, json.loads(line[6:])["today"]["missing"], at_s)
    connection.close()


def main() -> None:
    port = int(sys.argv[1])
    phones = [
        threading.Thread(target=_follow, args=(port, phone, cookie.strip()))
        for phone, cookie in enumerate(sys.stdin)
    ]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()


if __name__ == "__main__":
    main()
