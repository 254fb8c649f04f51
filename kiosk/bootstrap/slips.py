"""The desk that prints slips, for whatever printer the settings name; and the slip that a simulated one has printed."""

import io
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from zoneinfo import ZoneInfo

from hardware.ports import SlipPrinter
from hardware.simulated_printer import SimulatedPrinter
from hardware.slip_printer import DevicePrinter
from kiosk.config import Config, PrinterKind, PrinterSettings
from kiosk.errors import ConfigError
from kiosk.slip_desk import SlipDesk
from kiosk.web.catalogue import load_catalogues

# (how many were printed, the last one as PNG), None before the first
LastSlip = Callable[[], tuple[int, bytes] | None]


def slips(config: Config, stack: ExitStack) -> tuple[SlipDesk | None, LastSlip]:
    """The desk, None without a printer, and what a simulated printer shows. Raise ConfigError."""
    printer = printer_of(config.printer)
    if printer is None:
        return None, lambda: None
    from kiosk import slip  # and with it what draws: for kiosks that print

    catalogues = load_catalogues()
    draw = partial(
        slip.draw,
        width_px=config.printer.width_px // 8 * 8,  # a row goes to the printer in whole bytes
        zone=ZoneInfo(config.kiosk.time_zone),
        t=lambda source, language: catalogues[language].text(source),
    )
    desk = SlipDesk(printer, draw, config.kiosk.venue_name, automatic=config.printer.automatic)
    stack.enter_context(desk)
    if isinstance(printer, SimulatedPrinter):
        return desk, partial(_png, printer)
    return desk, lambda: None


def printer_of(settings: PrinterSettings) -> SlipPrinter | None:
    """Not opened: a printer is looked for when there is something to print."""
    match settings.kind:
        case PrinterKind.NONE:
            return None
        case PrinterKind.SIMULATED:
            return SimulatedPrinter()
        case PrinterKind.DEVICE:
            return DevicePrinter(settings.device)
    try:
        return DevicePrinter(settings.device, settings.baud)
    except ValueError as error:
        raise ConfigError([f"printer.baud: {error}"]) from error


def _png(printer: SimulatedPrinter) -> tuple[int, bytes] | None:
    last = printer.last()
    if last is None:
        return None
    from PIL import Image

    number, picture = last
    png = io.BytesIO()
    Image.fromarray(picture).save(png, "PNG")
    return number, png.getvalue()
