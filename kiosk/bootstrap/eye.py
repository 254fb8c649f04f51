"""`kiosk eye`: camera and decoding, nothing on disk, no network."""

import threading

from hardware.cameras import camera_of
from hardware.keyboard_reader import keyboard_reader
from hardware.ports import Camera
from hardware.serial_reader import serial_reader
from hardware.watchdog import Watchdog
from kiosk.bootstrap.paced import Paced
from kiosk.config import Config, HandheldKind, PreviewMode, ReaderKind
from kiosk.errors import ConfigError
from kiosk.eye.handheld import report_codes
from kiosk.eye.preview import Preview
from kiosk.eye.process import Eye
from kiosk.eye.readers.port import Reader
from kiosk.eye.streaming import StreamingPlan
from kiosk.preview import PictureSender
from kiosk.reports import Reporter


def run_eye(config: Config, stop: threading.Event) -> None:
    """`kiosk eye`: camera and decoding, nothing on disk, no network."""
    reader = reader_from(config)
    watchdog = Watchdog.from_environment()
    camera = camera_from(config)
    handheld = _handheld(config, stop)
    sender = PictureSender(config.preview_socket)
    eye = Eye(
        camera,
        StreamingPlan(reader),
        Reporter(config.report_socket),
        Paced(watchdog),
        _preview(config.screen.preview, sender),
    )
    watchdog.ready()
    eye.run(stop)
    sender.close()
    stop.set()
    if handheld is not None:
        handheld.join()
    watchdog.stopping()


def reader_from(config: Config) -> Reader:
    if config.eye.reader is ReaderKind.ZBAR:
        from kiosk.eye.readers.zbar import ZbarReader

        return ZbarReader()
    from kiosk.eye.readers.zxing import ZxingReader

    return ZxingReader()


def camera_from(config: Config) -> Camera:
    """Not yet open."""
    return camera_of(
        config.camera.kind,
        width_px=config.camera.width_px,
        height_px=config.camera.height_px,
        fps=config.camera.fps,
        max_exposure_s=config.camera.max_exposure_ms / 1000,
        focus_dioptres=config.camera.focus_dioptres,
        zoom=config.camera.zoom,
        device=config.camera.device,
        noise=config.camera.noise,
        motion=config.camera.motion,
        seed=config.camera.seed,
        stage_path=config.stage_socket,
        footage=config.camera.footage,
        hold_frames=config.camera.hold_frames,
    )


def _preview(mode: PreviewMode, sender: PictureSender) -> Preview | None:
    if mode is PreviewMode.OFF:
        return None
    return Preview(sender.send, whatever_it_costs=mode is PreviewMode.ON)


def _handheld(config: Config, stop: threading.Event) -> threading.Thread | None:
    """The thread that listens to a hand-held reader, where there is one."""
    settings = config.handheld
    match settings.kind:
        case HandheldKind.NONE:
            return None
        case HandheldKind.SERIAL:
            try:
                reader = serial_reader(settings.device, settings.baud)
            except ValueError as error:
                raise ConfigError([f"handheld.baud: {error}"]) from error
        case HandheldKind.KEYBOARD:
            reader = keyboard_reader(settings.device)
    reporter = Reporter(config.report_socket)
    thread = threading.Thread(target=report_codes, args=(reader, reporter, stop), name="handheld")
    thread.start()
    return thread
