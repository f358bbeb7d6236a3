"""Environments in which a user may run the pipeline; none of them may change a byte of a result.

Each entry of `circumstances()` takes a workspace in which nothing has run yet, one in which
everything has, and a new folder; it returns a workspace with the outputs that came of it there.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tests.pipeline.workspace import Workspace

Circumstance = Callable[[Workspace, Workspace, Path], Workspace]
ON_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
MATPLOTLIBRC = "font.size: 17\nfont.family: serif\nsavefig.dpi: 50\naxes.facecolor: black\n"
GIT_CONFIG = "[core]\n autocrlf = true\n excludesFile = {folder}/ignored\n fileMode = false\n"
DVC_CONFIG = "[core]\n autostage = true\n[cache]\n type = hardlink,copy\n"


class NotHere(Exception):
    """This machine lacks what the circumstance takes."""


def circumstances() -> dict[str, Circumstance]:
    return {
        "repeated by force": repeated,
        "run cache, outputs and lock deleted": restored,
        "dvc exp run": experiment("dvc exp run --name again"),
        "dvc exp run --temp": experiment("dvc exp run --temp --name again"),
        "dvc exp run --queue, then --run-all": experiment(
            "dvc exp run --queue --name again", "dvc exp run --run-all"
        ),
        "dvc exp run --queue, then dvc queue start": queued,
        "folder with a space and other letters": partial(fresh, name="naïve Überordner 表情"),
        "umask 077": under("sh", "-c", 'umask 077; exec "$@"', "sh"),
        "umask 000": under("sh", "-c", 'umask 000; exec "$@"', "sh"),
        "another user": as_another_user,
        "one processor": under("taskset", "-c", "0"),
        "no address randomisation": under("setarch", "-R"),
        "on a terminal of 20 columns": under(
            sys.executable, "-c", ON_A_TERMINAL, COLUMNS="20", TERM="dumb"
        ),
        "locale C in ASCII": given(
            LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii"
        ),
        "locale de_DE in Latin-1": partial(in_locale, language="de_DE", encoding="ISO-8859-1"),
        "locale tr_TR in UTF-8": partial(in_locale, language="tr_TR", encoding="UTF-8"),
        "no locale": given(LANG=None, LC_ALL=None, LC_CTYPE=None),
        "14 hours east of UTC": given(TZ="Pacific/Kiritimati"),
        "12 hours west of UTC": given(TZ="Etc/GMT+12"),
        "PYTHONHASHSEED=0": given(PYTHONHASHSEED="0"),
        "PYTHONHASHSEED=1": given(PYTHONHASHSEED="1"),
        "PYTHONHASHSEED=4294967295": given(PYTHONHASHSEED="4294967295"),
        "PYTHONOPTIMIZE=2": given(PYTHONOPTIMIZE="2"),
        "PYTHONWARNINGS=error": given(PYTHONWARNINGS="error"),
        "PYTHONDEVMODE=1": given(PYTHONDEVMODE="1"),
        "FER2013_WORKERS=0": given(FER2013_WORKERS="0"),
        "FER2013_WORKERS=1": given(FER2013_WORKERS="1"),
        "FER2013_WORKERS=2": given(FER2013_WORKERS="2"),
        "WANDB_MODE=disabled": given(WANDB_MODE="disabled"),
        "WANDB_MODE=offline": given(WANDB_MODE="offline"),
        "empty HOME, other TMPDIR": in_another_home,
        "no HOME": given(HOME=None, XDG_CACHE_HOME=None, XDG_CONFIG_HOME=None),
        "thread counts of OpenMP, MKL, OpenBLAS": given(
            OMP_NUM_THREADS="7", MKL_NUM_THREADS="5", OPENBLAS_NUM_THREADS="3"
        ),
        "other OpenMP variables": given(
            OMP_DYNAMIC="true",
            OMP_NESTED="true",
            OMP_MAX_ACTIVE_LEVELS="0",
            OMP_THREAD_LIMIT="1",
            OMP_WAIT_POLICY="passive",
            OMP_PROC_BIND="true",
        ),
        "fresh memory filled": given(MALLOC_PERTURB_="165"),
        "matplotlibrc, MPLBACKEND as in Jupyter": with_matplotlibrc,
        "pandas' switches": given(
            PANDAS_COPY_ON_WRITE="warn",
            PANDAS_FUTURE_INFER_STRING="0",
            PANDAS_FUTURE_DISTINGUISH_NAN_AND_NA="1",
            PANDAS_FUTURE_PYTHON_SCALARS="1",
        ),
        "the user's settings of git and DVC": with_settings,
        "clone with core.autocrlf": cloned("-c", "core.autocrlf=true"),
        "shallow clone": cloned("--depth", "1"),
        "cache links: copy": partial(linked, kind="copy"),
        "cache links: hardlink": partial(linked, kind="hardlink"),
        "cache links: symlink": partial(linked, kind="symlink"),
        "cache links: reflink": partial(linked, kind="reflink"),
        "ATEN_CPU_CAPABILITY=avx2": given(ATEN_CPU_CAPABILITY="avx2"),
        "ONEDNN_MAX_CPU_ISA=AVX2": given(ONEDNN_MAX_CPU_ISA="AVX2"),
        "MKL_CBWR=COMPATIBLE": given(MKL_CBWR="COMPATIBLE"),
    }


# They choose the instructions of another type of machine.
MAY_DIFFER = ("ATEN_CPU_CAPABILITY=avx2", "ONEDNN_MAX_CPU_ISA=AVX2", "MKL_CBWR=COMPATIBLE")


def fresh(
    start: Workspace,
    _: Workspace,
    folder: Path,
    name: str = "fer2013",
    prefix: tuple[str, ...] = (),
    environment: Mapping[str, str | None] = {},
) -> Workspace:
    """Run everything in a copy where nothing has run, with variables set or (None) unset."""
    if prefix and shutil.which(prefix[0]) is None:
        raise NotHere(f"needs {prefix[0]}")
    workspace = start.copy(folder / name)
    for variable, value in environment.items():
        workspace.environment.pop(variable, None)
        if value is not None:
            workspace.environment[variable] = value
    workspace.run(*prefix, "dvc", "repro")
    return workspace


def given(**environment: str | None) -> Circumstance:
    return partial(fresh, environment=environment)


def under(*prefix: str, **environment: str | None) -> Circumstance:
    """Put these words before the command."""
    return partial(fresh, prefix=prefix, environment=environment)


def repeated(_: Workspace, reference: Workspace, folder: Path) -> Workspace:
    workspace = reference.copy(folder / "fer2013")
    workspace.run("dvc", "repro", "--force", "--no-run-cache")
    return workspace


def restored(_: Workspace, reference: Workspace, folder: Path) -> Workspace:
    workspace = reference.copy(folder / "fer2013")
    for name in ("data", "metrics", "models"):
        shutil.rmtree(workspace.folder / name)
    (workspace.folder / "dvc.lock").unlink()
    ran = workspace.ran("dvc", "repro")
    assert not any(stage.startswith("train") for stage in ran), f"not restored: {ran}"
    return workspace


def experiment(*commands: str) -> Circumstance:
    """Run these, which make an experiment named `again`, and bring its results."""

    def run(start: Workspace, _: Workspace, folder: Path) -> Workspace:
        workspace = start.copy(folder / "fer2013")
        for command in commands:
            workspace.run(*command.split())
        workspace.run("dvc", "exp", "apply", "again")
        return workspace

    return run


def queued(start: Workspace, _: Workspace, folder: Path) -> Workspace:
    workspace = start.copy(folder / "fer2013")
    workspace.run("dvc", "exp", "run", "--queue", "--name", "again")
    workspace.run("dvc", "queue", "start")
    while "Success" not in (output := workspace.run("dvc", "queue", "status")):
        assert "Failed" not in output, workspace.run("dvc", "queue", "logs", "again")
        time.sleep(5)
    workspace.run("dvc", "exp", "apply", "again")
    return workspace


def as_another_user(start: Workspace, reference: Workspace, folder: Path) -> Workspace:
    """As nobody, who may read all that root may (such as an interpreter in root's folder)."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        raise NotHere("needs root and setpriv")
    home = folder / "home"
    shutil.copytree(start.folder, home / "fer2013", symlinks=True)
    subprocess.run(["chown", "-R", "65534:65534", home], check=True)
    reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    become = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *reading)
    workspace = Workspace(home / "fer2013")
    workspace.environment |= {"HOME": str(home), "FER2013_RESUME_DIR": str(home / "resume")}
    workspace.run(*become, "dvc", "repro")
    return workspace


def in_locale(
    start: Workspace, reference: Workspace, folder: Path, language: str, encoding: str
) -> Workspace:
    folder.mkdir()
    name = f"{language}.{encoding}"
    define = ("localedef", "-i", language, "-f", encoding, str(folder / name))
    if shutil.which("localedef") is None or subprocess.run(define, check=False).returncode:
        raise NotHere("needs localedef and glibc's locale sources")
    return given(LC_ALL=name, LOCPATH=str(folder), PYTHONUTF8="0")(start, reference, folder)


def in_another_home(start: Workspace, reference: Workspace, folder: Path) -> Workspace:
    home, tmp = folder / "home", folder / "an other tmp"
    home.mkdir(parents=True)
    tmp.mkdir()
    unset = dict.fromkeys(("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "FER2013_RESUME_DIR"))
    return given(HOME=str(home), TMPDIR=str(tmp), **unset)(start, reference, folder)


def with_matplotlibrc(start: Workspace, reference: Workspace, folder: Path) -> Workspace:
    folder.mkdir()
    (folder / "matplotlibrc").write_text(MATPLOTLIBRC)
    backend = "module://matplotlib_inline.backend_inline"
    return given(MPLCONFIGDIR=str(folder), MPLBACKEND=backend)(start, reference, folder)


def with_settings(start: Workspace, reference: Workspace, folder: Path) -> Workspace:
    (folder / "dvc").mkdir(parents=True)
    (folder / "dvc/config").write_text(DVC_CONFIG)
    (folder / "ignored").write_text("*.csv\n*.json\n*.png\n*.tsv\n")
    git_config = folder / "gitconfig"
    git_config.write_text(GIT_CONFIG.format(folder=folder))
    settings = given(XDG_CONFIG_HOME=str(folder), GIT_CONFIG_GLOBAL=str(git_config))
    return settings(start, reference, folder)


def cloned(*options: str) -> Circumstance:
    def run(start: Workspace, _: Workspace, folder: Path) -> Workspace:
        workspace = Workspace(folder / "fer2013")
        clone = ("git", "clone", "--quiet", *options)
        start.run(*clone, start.folder.as_uri(), str(workspace.folder))
        workspace.run("dvc", "repro")
        return workspace

    return run


def linked(_: Workspace, reference: Workspace, folder: Path, kind: str) -> Workspace:
    """Run everything again where outputs are links into DVC's cache."""
    workspace = reference.copy(folder / "fer2013")
    if kind == "reflink":
        probe = ["cp", "--reflink=always", "dvc.yaml", "probe"]
        if subprocess.run(probe, cwd=workspace.folder, capture_output=True, check=False).returncode:
            raise NotHere("the file system has no reflinks")
    workspace.run("dvc", "config", "--local", "cache.type", kind)
    workspace.run("dvc", "checkout", "--relink")
    workspace.run("dvc", "repro", "--force", "--no-run-cache")
    return workspace
