"""One seed in params.yaml, and independent streams of random numbers derived from it.

Every random decision asks for a stream by what it is for, such as `("augment", epoch, place)`.
It then depends on nothing else: not on what was drawn before, nor on who asks.
"""

import hashlib


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Return a 63-bit seed that is a function of `seed` and `purpose` only."""
    digest = hashlib.blake2b(repr((seed, *purpose)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
