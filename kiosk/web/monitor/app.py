"""The addresses of the staff pages. The page shows the feed and sends acts; every rule is the kiosk's."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from kiosk.domain.staff_act import REASONS, Act, ActKind, Done, NotAnAct, act
from kiosk.web.catalogue import load_catalogues
from kiosk.web.feed import FeedFull, State
from kiosk.web.form.consent import promise
from kiosk.web.form.rendering import translated
from kiosk.web.monitor import words
from kiosk.web.monitor.paper_pages import PAPER, paper_pages
from kiosk.web.monitor.people_pages import people_pages
from kiosk.web.monitor.ports import StaffPages
from kiosk.web.monitor.signing import (
    Signing,
    for_managers,
    in_data,
    language,
    who,
    with_language,
)
from kiosk.web.pages import new_app
from kiosk.web.safety.staff_book import StaffError, StaffRole
from kiosk.web.screen import words as screen_words
from kiosk.web.screen.events import event, stream
from kiosk.web.settings import PageSettings

LOGGED = 200
# what a guard's page may send; the rest is a manager's, or has a page of its own
_GUARDS = frozenset(
    {ActKind.REFER, ActKind.PAPER, ActKind.EXIT, ActKind.OCCUPANCY}
    | {ActKind.PAUSE, ActKind.RESUME, ActKind.CALL, ActKind.LIGHTS}
)
_MANAGERS = _GUARDS | {ActKind.RESTART}
# 504: not known yet; the same act, sent again, is told
_STATUS = {Done.SAVED: 200, Done.NOT_SAVED: 503, Done.BUSY: 423, Done.UNKNOWN: 504}


def create_monitor_app(parts: StaffPages, settings: PageSettings) -> flask.Flask:
    """Nothing is opened here. `settings.hosts` are the names by which phones may reach it."""
    holder: list[Signing] = []
    catalogues = load_catalogues()

    def said(table: Mapping[str, str | Sequence[str]], lang: str) -> dict[str, Any]:
        """The same table in that language; a pair of texts stays a pair."""
        text = catalogues[lang].text
        return {
            key: text(value) if isinstance(value, str) else [text(one) for one in value]
            for key, value in table.items()
        }

    app = new_app("monitor", settings, token_now=lambda: holder[0].token())
    holder.append(signing := Signing(app, parts.book))
    # before the rules of safety look: they ask for the token of who is signed in
    app.before_request_funcs[None].insert(0, signing.ask)
    app.after_request(with_language)
    app.context_processor(
        lambda: {
            "csrf_token": signing.token(),
            "who": flask.g.get("staff"),
            "lang": language(),
            "words": words,
            "screen_words": screen_words,
            "said": said,
            "said_of": lambda texts, lang: said({text: text for text in texts}, lang),
            "venue": settings.venue_name,
            "is_manager": getattr(flask.g.get("staff"), "role", None) is StaffRole.MANAGER,
        }
    )
    log: deque[tuple[str, Act]] = deque(maxlen=LOGGED)
    app.register_blueprint(people_pages(parts))
    app.register_blueprint(paper_pages(parts, settings))
    app.register_blueprint(_shown(parts, settings, log))
    app.register_blueprint(_done(parts, log))
    return app


def _shown(
    parts: StaffPages, settings: PageSettings, log: deque[tuple[str, Act]]
) -> flask.Blueprint:
    pages = flask.Blueprint("monitor", __name__)
    written = _WrittenOnce()

    @pages.get("/")
    def page() -> str:
        return flask.render_template("monitor/monitor.html", reasons=REASONS, kinds=ActKind)

    @pages.get("/events")
    @in_data
    def events() -> ResponseReturnValue:
        leave = ExitStack()
        try:
            subscription = leave.enter_context(parts.feed.subscribe())
        except FeedFull:
            return "", 503
        lines = stream(
            parts.feed,
            subscription,
            written,
            lambda: False,  # whoever has gone is noticed by the next write
            heartbeat_s=settings.heartbeat_s,
            stream_s=settings.stream_s,
        )
        answer = flask.Response(lines, mimetype="text/event-stream")
        # also when the reader is gone before the first line, and no line was ever asked for
        answer.call_on_close(leave.close)
        return answer

    @pages.get("/state.json")
    @in_data
    def state() -> ResponseReturnValue:
        if not parts.feed.is_fresh():
            return "", 503
        told = parts.desk.state()
        answer = flask.Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")
        answer.set_etag(f"{told['boot']}-{told['seq']}")
        return answer.make_conditional(flask.request)

    @pages.get("/blank-form")
    def blank_form() -> str:
        return flask.render_template(
            "monitor/blank_form.html",
            set=parts.questions,
            promise=promise(translated(), PAPER, settings),
        )

    @pages.get("/log")
    @for_managers
    def acts() -> str:
        return flask.render_template("monitor/log.html", log=list(log))

    return pages


class _WrittenOnce:
    """The lines of a state, which all phones are told alike: written for the first of them."""

    def __init__(self) -> None:
        self._newest: tuple[State, str] | None = None

    def __call__(self, state: State) -> str:
        newest = self._newest
        if newest is None or newest[0] is not state:
            newest = self._newest = (state, event(state))
        return newest[1]


def _done(parts: StaffPages, log: deque[tuple[str, Act]]) -> flask.Blueprint:
    pages = flask.Blueprint("acts", __name__)

    def do(asked: Act) -> Done:
        done = parts.act(asked)
        # sent again by a phone that has not heard it is one act
        if done is Done.SAVED and not any(asked.id and asked == one for _, one in log):
            log.appendleft((f"{parts.now():%d/%m %H:%M}", asked))
        return done

    @pages.post("/act")
    @in_data
    def acted() -> ResponseReturnValue:
        form = flask.request.form
        try:
            asked = act(
                form.get("kind", ""),
                who().id,
                form.get("reason", ""),
                form.get("number", ""),
                form.get("visit", ""),
                form.get("id", ""),
            )
        except NotAnAct as error:
            return {"error": str(error)}, 400
        if asked.kind not in (_MANAGERS if who().role is StaffRole.MANAGER else _GUARDS):
            return {"error": "this is not yours to do"}, 403
        if asked.kind is ActKind.REFER and not parts.desk.is_waiting(asked.visit):
            return {"error": "somebody else has dealt with it already"}, 409
        done = do(asked)
        return ({"done": asked.kind} if done is Done.SAVED else {"error": done}), _STATUS[done]

    @pages.post("/name")
    @in_data
    def name() -> ResponseReturnValue:
        """The clear name of the one who waits, for a PIN: written down first, in no cache, for a minute only."""
        visit, pin = flask.request.form.get("visit", ""), flask.request.form.get("pin", "")
        try:
            if not parts.book.is_pin_of(who(), pin):
                return {"error": "wrong"}, 403
        except StaffError:
            return {"error": "wait"}, 429
        if not parts.desk.clear_name(visit):
            return {"error": "gone"}, 410
        done = do(Act(ActKind.UNMASK, who().id, "referral", visit=visit))
        if done is not Done.SAVED:
            return {"error": done}, _STATUS[done]
        return {"name": parts.desk.clear_name(visit)}

    return pages
