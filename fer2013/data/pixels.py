"""Faces as text ("70 80 82 …", 2,304 numbers) → uint8 arrays.

`parse_block` parses sixteen rows at once by a dozen array operations. It accepts only rows of 2,304
integers from 0 to 255, of one to three digits each, separated by single spaces. It is about ten
times as fast as `np.array(text.split(), dtype=np.uint8)`. If it refuses a block, `why_bad` checks
the rows one by one and says what is wrong.
"""

import numpy as np

from fer2013.core.constants import SIDE

COUNT = SIDE * SIDE
BLOCK = 16  # rows: the temporary arrays then stay in the processor's cache


def parse_block(texts: list[bytes]) -> np.ndarray | None:
    """Parse the pixel texts of some rows.

    Returns:
        uint8 [rows, 48, 48], or None if any row is not 2,304 integers in 0–255.
    """
    raw = np.frombuffer(b" ".join([b" ", *texts, b" "]), np.uint8)
    values = raw - np.uint8(ord("0"))  # [bytes]; characters other than digits give 10 or more
    digit = values <= 9
    spaces = np.count_nonzero(raw == ord(" "))
    if spaces != raw.size - np.count_nonzero(digit):
        return None
    if np.any(digit[3:] & digit[2:-1] & digit[1:-2] & digit[:-3]):
        return None  # four digits in a row
    values *= digit
    # For each byte, the number that would end there: 100 a + 10 b + c.
    numbers = (values[:-3] * digit[1:-2]) * np.uint16(100)
    numbers += values[1:-2] * np.uint8(10)
    numbers += values[2:-1]
    ends = np.flatnonzero(digit[2:-1] > digit[3:])  # a digit that no digit follows
    if ends.size != COUNT * len(texts):
        return None
    row_ends = np.cumsum([len(text) + 1 for text in texts]) - 1
    rows_complete = np.all(ends[COUNT - 1 :: COUNT] == row_ends - 1)
    # Each row then has at least one space between two numbers. If the total is right (four spaces
    # are around the block, one is between two rows), no row has more.
    if not rows_complete or spaces != COUNT * len(texts) + 3:
        return None
    pixels = numbers[ends]
    if pixels.max() > 255:
        return None
    return pixels.astype(np.uint8).reshape(-1, SIDE, SIDE)


def why_bad(text: bytes) -> str | None:
    """Say what is wrong with the text of one row's pixels; None if nothing is."""
    words = text.split(b" ")
    for number, word in enumerate(words, start=1):
        if not (word.isdigit() and len(word) <= 3 and int(word) <= 255):
            return f"pixel {number} is {in_print(word[:20])}, not an integer from 0 to 255"
    if len(words) != COUNT:
        return f"{len(words)} pixels instead of {COUNT}"
    return None


def in_print(text: bytes) -> str:
    """Quote bytes of a file, with control characters escaped: they could move a cursor."""
    return repr(text).removeprefix("b")
