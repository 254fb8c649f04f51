"""What staff read: source texts of the catalogue for every code that a state may hold."""

from collections.abc import Mapping

from kiosk.domain.staff_act import ActKind

# what is the matter, and what to do
ALERTS: Mapping[str, tuple[str, str]] = {
    "call": ("A visitor calls", "Go to the kiosk, then tap: answered"),
    "referral": ("Somebody has to see you", "Talk to them, then say: let in or turned away"),
    "storage": ("Visits cannot be stored", "Let people in with paper, and call the technician"),
    "eye": ("The reader does not answer", "Wait a minute; if it stays, call the technician"),
    "camera": ("The camera sees nothing", "Wipe the glass; take away what stands before it"),
    "paused": ("The door is paused", "Tap: open again"),
    "screen": ("The display is dead", "Reading goes on; restart the kiosk when nobody is there"),
    "lights": ("Lamps or buzzer do not work", "Watch this page instead; call the technician"),
    "damage": ("The memory card was damaged", "Call the technician: the card should be changed"),
    "full": ("The venue is full", "Let nobody in until somebody leaves"),
    "nearly_full": ("The venue is nearly full", "Count those who leave without a scan"),
    "box": ("Somebody has opened the box", "Go and look; call the technician"),
    "shared": (
        "The same code is shown again and again",
        "Look at who holds it: it may be a photograph of somebody else’s",
    ),
    "sensors": ("Lid switch or light barrier do not answer", "Call the technician"),
    "barrier": (
        "The light barrier sees nobody",
        "Wipe it, take away what stands in it; if it stays, call the technician",
    ),
    "unscanned": ("Few people scan", "Ask everybody for their code, or use paper"),
    "printer": ("The printer needs you", "Put paper in and close the lid"),
    "room": ("The storage is nearly full", "Connect the network; call the technician"),
    "unsent": (
        "Nothing was sent for half an hour",
        "Everything is kept. Look at the network cable",
    ),
    "clock": ("The clock is uncertain", "It sets itself once the network is back"),
    "certificate": ("The certificate ends soon", "Connect the network; call the technician"),
    "keys": ("People cannot be traced yet", "The collector has given no keys: call the technician"),
}
OUTCOMES = {"accepted": "accepted", "missing": "no declaration", "refer": "see staff"}
DIRECTIONS = {"in": "in", "out": "out", "unknown": "?"}
REASONS: Mapping[str, str] = {
    "let_in": "Let in",
    "turned_away": "Turned away",
    "no_phone": "No phone",
    "code_unreadable": "Code cannot be read",
    "kiosk_out_of_order": "Kiosk out of order",
    "crowd": "Too many people",
    "cleaning": "Cleaning",
    "closed": "Closed",
    "fault": "Something is broken",
    "other": "Something else",
}
ACTS: Mapping[ActKind, str] = {
    ActKind.REFER: "Referral",
    ActKind.PAPER: "Let in with paper",
    ActKind.EXIT: "Left without a scan",
    ActKind.OCCUPANCY: "Inside, counted",
    ActKind.PAUSE: "Pause the door",
    ActKind.RESUME: "Open again",
    ActKind.CALL: "Call answered",
    ActKind.LIGHTS: "Try lamps and sound",
    ActKind.UNMASK: "Name looked at",
    ActKind.SIGN_IN: "Signed in",
    ActKind.PEOPLE: "PIN given",
    ActKind.TYPED: "Paper typed in",
    ActKind.RESTART: "Restart the kiosk",
    ActKind.SHUT_DOWN: "Shut down",
}
# for the page's own script
SCRIPT = (
    *("In service", "Out of order", "No connection to the kiosk", "Everything is kept", "waiting"),
    *("oldest", "Everything is sent", "minutes", "hours", "days", "Saved", "Not saved. Try again"),
    *("Nothing to do", "Nobody yet", "of", "by the light barrier", "as usual here"),
    *(
        "Show the name",
        "PIN",
        "Let in",
        "Turned away",
        "Sound is off",
        "Sound is on",
        "Call answered",
    ),
    "Offline",
    "Somebody stands at the door. Try again in a moment",
    "Not known yet whether it was saved. Asking again",
    "No answer. Look whether it was done, then tap again: it is done once",
)
