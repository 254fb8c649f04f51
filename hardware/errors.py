"""What can go wrong with a thing on a wire. Each says what to do about it."""


class HardwareError(Exception):
    """Root of all errors raised in `hardware`."""


class CameraAbsent(HardwareError):
    """No camera answers: not plugged in, or its driver is not loaded."""


class CameraStalled(HardwareError, TimeoutError):
    """The camera is open and gives no frame in the time allowed."""


class LightsAbsent(HardwareError):
    """The pins of the board profile cannot be claimed."""


class ReaderAbsent(HardwareError):
    """No hand-held barcode reader answers: not plugged in, or held by another program."""
