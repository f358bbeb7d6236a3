"""Independent streams of random numbers, all derived from the one seed in params.yaml.

Each use of random numbers names its purpose, such as `("augment", epoch, index)`, and gets a seed
of its own. So its numbers do not depend on what was drawn before or by which process.
"""

import hashlib


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Return a 63-bit seed that is a function of `seed` and `purpose` only."""
    digest = hashlib.blake2b(repr((seed, *purpose)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
