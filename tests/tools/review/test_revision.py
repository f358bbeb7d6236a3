"""The hash of a folder computed from git alone equals the one that DVC records."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import REPOSITORY
from tools.review.pipeline import read_records
from tools.review.revision import Revision, git

FILES = {
    "params.yaml": "seed: 0\n",
    "fer2013/__init__.py": "",
    "fer2013/core/seeds.py": "1",
    "fer2013/core/seeds_of.py": "2",
    "fer2013/core/seeds/of.py": "3",  # its path sorts between those two
    "fer2013/core/\u00e4rger.py": "4",
    "fer2013/core/notes.md": "not code",
    "fer2013/core/__pycache__/seeds.cpython-311.pyc": "a cache",
    "fer2013/core/__pycache__/old.py": "in a folder that is left out",
    "fer2013/networks/deep/er/net.py": "5",
    "fer2013/networks/.net.py.swp": "an editor's",
    "results/scores.json": "{}",
    "results/more/scores.json": "{}",
    "results/.scores.json.7.part": "half written",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One with the .dvcignore of this one, and a stage that has run on three folders."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(REPOSITORY / ".dvcignore", tmp_path)
    write(FILES)
    stage = {"cmd": "true", "deps": ["fer2013", "fer2013/core", "results", "params.yaml"]}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"read": stage}}))
    for words in (["init", "--quiet"], ["config", "user.name", "a"], ["config", "user.email", "a"]):
        git(*words)
    dvc("init", "--quiet")
    dvc("repro", "--quiet")
    return tmp_path


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


def dvc(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *words], check=True)


def committed() -> Revision:
    git("add", "--force", "--all")  # what DVC leaves out too
    git("commit", "--quiet", "--message", "All of it")
    return Revision(git("rev-parse", "HEAD").strip())


def test_folders_and_files_have_the_hashes_in_dvc_lock(repository: Path) -> None:
    revision = committed()
    assert (repository / "fer2013/core/notes.md").exists()
    (record,) = read_records(revision).values()
    assert {path: revision.md5(path) for path in record.deps} == record.deps
    assert {path for path, value in record.deps.items() if str(value).endswith(".dir")} == {
        "fer2013",
        "fer2013/core",
        "results",
    }


def test_a_folders_hash_changes_with_its_relevant_files(repository: Path) -> None:
    before = committed()
    write({"fer2013/core/notes.md": "other", "fer2013/core/new.txt": "", "fer2013/x.pyc": ""})
    ignored = committed()
    assert ignored.commit != before.commit
    assert ignored.md5("fer2013") == before.md5("fer2013")
    write({"fer2013/core/seeds.py": "other"})
    changed = committed()
    assert changed.md5("fer2013") != before.md5("fer2013")
    assert changed.md5("results") == before.md5("results")
    assert changed.md5("no such folder") is None
    assert repository.is_dir()
