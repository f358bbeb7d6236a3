import time
from pathlib import Path

import numpy as np
import pytest

from fer2013.data.pixels import BLOCK, COUNT, parse_block, why_bad


def text_of(values: list[int]) -> bytes:
    return " ".join(map(str, values)).encode()


def naive(text: bytes) -> np.ndarray:
    """What notebooks do: slow and obviously right."""
    return np.array(text.decode().split(), dtype=np.uint8)


def test_same_as_the_slow_reader(rng: np.random.Generator) -> None:
    for ceiling in (10, 100, 256):  # one, two and three digits
        texts = [text_of(rng.integers(0, ceiling, COUNT).tolist()) for _ in range(BLOCK)]
        pixels = parse_block(texts)
        assert pixels is not None
        assert pixels.shape == (BLOCK, 48, 48)
        assert np.array_equal(pixels.reshape(BLOCK, -1), np.stack([naive(t) for t in texts]))


GOOD = [7] * COUNT
BAD = {
    "one too few": text_of(GOOD[1:]),
    "one too many": text_of([*GOOD, 1]),
    "256": text_of([256, *GOOD[1:]]),
    "four digits": text_of([1000, *GOOD[1:]]),
    "leading zeros beyond three digits": b"0007 " + text_of(GOOD[1:]),
    "negative": b"-7 " + text_of(GOOD[1:]),
    "float": b"7.0 " + text_of(GOOD[1:]),
    "word": b"seven " + text_of(GOOD[1:]),
    "two spaces": b"7  " + text_of(GOOD[1:]),
    "space first": b" " + text_of(GOOD),
    "space last": text_of(GOOD) + b" ",
    "space instead of the first": b" " + text_of(GOOD[1:]),
    "tab": b"7\t" + text_of(GOOD[1:]),
    "NUL": b"7\x00" + text_of(GOOD[1:]),
    "high byte": b"\xff " + text_of(GOOD[1:]),
    "empty": b"",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("index", [0, 1, 2])
def test_bad_row_is_refused_anywhere_in_a_block(text: bytes, index: int) -> None:
    texts = [text_of(GOOD)] * 3
    texts[index] = text
    assert parse_block(texts) is None
    assert why_bad(text) is not None


def test_rows_that_only_together_have_the_right_count_are_refused() -> None:
    assert parse_block([text_of(GOOD[1:]), text_of([*GOOD, 1])]) is None


def test_the_reasons_for_bad_rows() -> None:
    assert why_bad(text_of(GOOD)) is None
    assert why_bad(text_of(GOOD[1:])) == "2303 pixels instead of 2304"
    assert why_bad(BAD["256"]) == "pixel 1 is '256', not an integer from 0 to 255"


def test_several_times_as_fast_as_the_slow_reader_on_the_real_file(real_csv: Path) -> None:
    lines = (real_csv / "train.csv").read_bytes().split(b"\n")[1 : 1 + 64 * BLOCK]
    texts = [line.partition(b",")[2] for line in lines]
    ratios = []
    for _ in range(5):  # alternating, so that a noisy machine slows both
        start = time.perf_counter()
        slow = [naive(text) for text in texts]
        middle = time.perf_counter()
        fast = [parse_block(texts[i : i + BLOCK]) for i in range(0, len(texts), BLOCK)]
        ratios.append((middle - start) / (time.perf_counter() - middle))
    parsed = [block for block in fast if block is not None]
    assert np.array_equal(np.concatenate(parsed).reshape(-1, COUNT), np.stack(slow))
    assert sorted(ratios)[2] >= 3  # 5 to 7 if nothing else runs
