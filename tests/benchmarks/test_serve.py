"""The comparison of runtimes runs, here with a model whose answers cost nothing."""

from pathlib import Path

import pytest

from benchmarks import serve
from fer2013.predict.onnx_backend import OnnxBackend
from tests.fer2013.predict.conftest import exported, predictor  # noqa: F401  fixtures


def test_each_runtime_has_a_row_for_each_setting(
    exported: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(serve, "load", lambda _, __, threads: OnnxBackend(exported, threads))
    monkeypatch.setattr("sys.argv", ["serve", "tiny", "--rounds", "2", "--faces", "8"])
    serve.main()
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:-1]]
    assert [tuple(row[1:4]) for row in rows] == [
        (threads, batch, runtime)
        for threads in "12"
        for batch in ("1", "64")
        for runtime in serve.RUNTIMES
    ]
    assert all(row[7].startswith("1.00 (1.00 to 1.00)") for row in rows[::3])  # torch itself
