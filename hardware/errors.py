"""What can go wrong with a thing on a wire. Each says what to do about it."""


class HardwareError(Exception):
    """Root of all errors raised in `hardware`."""


class CameraAbsent(HardwareError):
    """No camera answers: not plugged in, or its driver is not loaded."""


class CameraStalled(HardwareError, TimeoutError):
    """The camera is open and gives no frame in the time allowed."""


class LightsAbsent(HardwareError):
    """The pins of the board profile cannot be claimed."""


class SensorsAbsent(HardwareError):
    """Lid switch or light barrier of the board profile cannot be claimed."""


class ReaderAbsent(HardwareError):
    """No hand-held barcode reader answers: not plugged in, or held by another program."""


class PrinterTrouble(HardwareError):
    """A slip was not printed, or not whole. `state` is the name by which staff see it."""

    state = "stuck"


class PrinterAbsent(PrinterTrouble):
    """No receipt printer answers: unplugged, switched off, or not this user's to open."""

    state = "absent"


class PaperOut(PrinterTrouble):
    """The printer says that its roll has ended."""

    state = "out_of_paper"
