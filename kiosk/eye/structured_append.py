"""Is this code one part of a message that is spread over several codes?

zxing-cpp 3.1.1 hands out each part as if it were whole, and its Python object does not say so. A personal code is never
split, so a part is refused. The truth stands in the first four bits of the first codeword: the mode indicator 0011
(ISO/IEC 18004:2015, 7.4.1 and 8). They are read from the modules as the reader sampled them, after error correction,
since one wrong module would turn a whole code into a part or a part into a whole code.
"""

from kiosk.eye.codewords import Kind, Modules, blocks
from kiosk.eye.reed_solomon import corrected

_STRUCTURED_APPEND = 0b0011


def is_structured_append(modules: Modules, kind: Kind) -> bool:
    """Also for a code seen in a mirror, whose modules stand transposed."""
    for seen in (modules, modules.T):
        first = blocks(seen, kind)[0]
        codewords = corrected(first.codewords, first.check_count)
        if codewords is not None:
            return bool(codewords[0] >> 4 == _STRUCTURED_APPEND)
    return False
