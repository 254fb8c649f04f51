"""What the page of a new kiosk says, in English; the catalogues hold the rest. Trouble: what it is, and what to do."""

TROUBLES = {
    "not_a_code": ("This is another code", "Show the venue's enrolment code"),
    "damaged": ("This code is damaged", "Make a new code on the venue's page"),
    "expired": ("This code has expired", "Make a new code on the venue's page"),
    "used": ("Another device has used this code", "Make a new code on the venue's page"),
    "unknown": ("The collector does not know this code", "Make a new code on the venue's page"),
    "foreign": ("This code is for another venue or device", "Make a code for this one"),
    "revoked": (
        "This device has been shut out",
        "Register it under a new id, then make a new code",
    ),
    "no_network": (
        "The collector is not reached",
        "Check cable or Wi-Fi; the same code may be shown",
    ),
    "no_wifi": (
        "The Wi-Fi of this code is not joined",
        "Check name and passphrase, make a new code",
    ),
    "clock": (
        "The clock of this device is wrong",
        "Connect it to the Internet and wait for the time",
    ),
    "wrong_place": (
        "Whoever answers is not the collector of this code",
        "Do not go on: ask the province",
    ),
    "not_ready": ("The collector is not ready", "Try the same code again in a minute"),
    "too_often": ("Too many tries", "Try again in a minute"),
    "storage": ("Nothing can be written here", "Change the memory card"),
    "words_differ": (
        "Thrown away: the words were not the same",
        "Remove this device in the registry, then ask the province",
    ),
}
STEPS = {
    "read": "Reading the code",
    "network": "Joining the Wi-Fi",
    "ask": "Asking the collector",
    "keep": "Writing everything down",
}
CHECKS = {
    "touch": "Touch",
    "lights": "Lamps",
    "buzzer": "Buzzer",
    "read": "Camera",
    "receipt": "Connection",
}
