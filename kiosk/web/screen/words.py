"""Which words go with which reason. The empty reason is for every other one."""

HINTS = {
    "": "Hold your QR code here",
    "too_far": "Move closer",
    "too_close": "Move back a little",
    "hold_still": "Hold still",
    "too_dark": "Turn up screen brightness",
    "glare": "Tilt it away from the light",
}
# of the idle door, and of whoever is sent to staff
IDLE = {"": "Hold your QR code here", "full": "Full now, please wait"}
REFER = {"": "Please see a staff member", "full": "Full now, please wait"}
# what the code is, and what to do now
NOT_PERSONAL = {
    "": ("This code cannot be used here", "Use your ID card or personal QR"),
    "place": ("This is a place code", "Please show your own code"),
    "payment": ("This is a payment code", "Please show your own code"),
    "wifi": ("This is a Wi-Fi code", "Please show your own code"),
    "web": ("This is a web address", "Please show your own code"),
    "contact": ("This is a contact card", "Please show your own code"),
    "health_card": ("This health card is not taken here", "Use your ID card or personal QR"),
    "unreadable": ("This code cannot be read", "Please show your own code"),
    "malformed": ("This code cannot be read", "Please show your own code"),
}
MISSING = {
    "": "No health declaration yet",
    "expired": "Your declaration has expired",
    # asked anew since then, or made by a clock that ran ahead
    "incomplete": "Please declare again",
    "from_the_future": "Please declare again",
    # a signed code that nobody here could vouch for: no fault of the visitor's
    "cannot_check": "This code cannot be checked",
}
INVALID = {
    "": ("This code is not valid", "Please see a staff member"),
    "expired": ("This code has expired", "Please see a staff member"),
}
# in small print, for staff; the last is the page's own, when it hears nothing any more
FAULTS = {
    "storage": "Visits cannot be stored",
    "eye": "The reader does not answer",
    "camera": "The camera does not work",
    "paused": "Paused by the authority",
    "page": "The screen has lost the kiosk",
}
# the staff page: key of the status, label
STATUS = {
    "page": "Visitor's page",
    "camera": "Camera",
    "eye_age_s": "Reader last heard",
    "fps": "Frames a second",
    "read_ms_p95": "Reading a frame (p95)",
    "uplink": "Connection to the collector",
    "documents": "Documents from the authority",
    "sealing": "Who people are, sealed",
    "waiting": "Visits waiting to be sent",
    "oldest_s": "Oldest of them",
    "parked": "Set aside as unsendable",
    "receipt_age_s": "Last receipt",
    "scan_to_light_ms_p50": "Scan to light (median)",
    "scan_to_light_ms_p95": "Scan to light (p95)",
    "staff_called": "Calls for staff",
    "printer": "Slip printer",
    "voice": "Voice",
}
