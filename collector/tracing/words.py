"""The words of tracing, Vietnamese and English."""

from collector.both import Both
from collector.tracing.stays import Rule, Stay
from kiosk.domain.passage import Passed

RULES = {
    Rule.EXIT: Both("quét khi ra", "exit scan"),
    Rule.NEXT: Both("lần quét sau", "next scan"),
    Rule.USUAL: Both("ước theo loại cơ sở", "usual stay there"),
    Rule.CAP: Both("tối đa 4 giờ", "4 h at most"),
    Rule.MIDNIGHT: Both("hết ngày", "midnight"),
}
ENTRY_ASSUMED = Both("giờ vào ước tính", "entry assumed")
CLOCK_UNKNOWN = Both("đồng hồ không rõ", "clock not known")


WENT_IN = {
    Passed.YES: Both("có", "yes"),
    Passed.NO: Both("không thấy qua cửa", "not seen to go in"),
    None: Both("không rõ", "unknown"),
}


def end_of(stay: Stay) -> Both:
    """How its ends are known."""
    rule = RULES[Rule(stay.rule)]
    if stay.seen_in:
        return rule
    return Both(f"{ENTRY_ASSUMED.vi}; {rule.vi}", f"{ENTRY_ASSUMED.en}; {rule.en}")


def clock_of(width_s: int | None) -> Both:
    """How far off the clocks may be."""
    if width_s is None:
        return CLOCK_UNKNOWN
    text = f"± {width_s} s" if width_s < 120 else f"± {round(width_s / 60)} min"
    return Both(text, text)
