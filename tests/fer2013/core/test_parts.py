import errno
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer2013.core.parts import write_part


def test_room_for_the_faces_is_taken_before_they_are_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk found out through a mapped file would kill the process with SIGBUS."""
    asked = []

    def full(_file: int, offset: int, length: int) -> None:
        asked.append((offset, length))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    monkeypatch.setattr(np, "memmap", lambda *_, **__: pytest.fail("mapped without room"))
    pixels = np.zeros((5, 48, 48), np.uint8)
    with pytest.raises(OSError, match="No space left"):
        write_part(tmp_path / "val.safetensors", pixels, pd.DataFrame(index=range(5)), np.arange(3))
    assert asked == [(0, 3 * 48 * 48)]
