"""Faces as text ("70 80 82 …", 2,304 numbers) → uint8 arrays.

`parse_block` takes sixteen rows at a time through a dozen array operations and accepts nothing
but 2,304 integers from 0 to 255 a row, each of one to three digits, with one space between two.
It reads about ten times as many rows a second as `np.array(text.split(), dtype=np.uint8)`.
Where it refuses a block, `why_bad` looks at one row at leisure and finds the words.
"""

import numpy as np

from fer2013.base.constants import SIDE

COUNT = SIDE * SIDE
BLOCK = 16  # rows: the temporary arrays then stay in the processor's cache


def parse_block(texts: list[bytes]) -> np.ndarray | None:
    """Parse the pixel texts of some rows.

    Returns:
        uint8 [rows, 48, 48], or None if any row is not 2,304 integers in 0–255.
    """
    raw = np.frombuffer(b" ".join([b" ", *texts, b" "]), np.uint8)
    values = raw - np.uint8(ord("0"))  # [bytes]; what is no digit wraps to 10 or more
    digit = values <= 9
    spaces = np.count_nonzero(raw == ord(" "))
    if spaces != raw.size - np.count_nonzero(digit):
        return None
    if np.any(digit[3:] & digit[2:-1] & digit[1:-2] & digit[:-3]):
        return None  # four digits in a row
    values *= digit
    # At each byte, the number whose last digit it would be: 100 a + 10 b + c.
    numbers = (values[:-3] * digit[1:-2]) * np.uint16(100)
    numbers += values[1:-2] * np.uint8(10)
    numbers += values[2:-1]
    ends = np.flatnonzero(digit[2:-1] > digit[3:])  # a digit, and none after it
    if ends.size != COUNT * len(texts):
        return None
    row_ends = np.cumsum([len(text) + 1 for text in texts]) - 1
    each_has_all = np.all(ends[COUNT - 1 :: COUNT] == row_ends - 1)
    # No row can then have fewer spaces than between its numbers, and if the sum is right (four
    # stand around the block, one between two rows) none has more.
    if not each_has_all or spaces != COUNT * len(texts) + 3:
        return None
    pixels = numbers[ends]
    if pixels.max() > 255:
        return None
    return pixels.astype(np.uint8).reshape(-1, SIDE, SIDE)


def why_bad(text: bytes) -> str | None:
    """Say what is wrong with one row's pixel text, or None if nothing is."""
    words = text.split(b" ")
    for place, word in enumerate(words, start=1):
        if not (word.isdigit() and len(word) <= 3 and int(word) <= 255):
            return f"pixel {place} is {in_print(word[:20])}, not an integer from 0 to 255"
    if len(words) != COUNT:
        return f"{len(words)} pixels instead of {COUNT}"
    return None


def in_print(text: bytes) -> str:
    """Quote bytes of a file; a control character in them must not move a terminal's cursor."""
    return repr(text).removeprefix("b")
