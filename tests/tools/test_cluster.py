"""What `make cluster` submits, and what runs in a job; on a SLURM it runs in tests/pipeline."""

import os
import subprocess
from pathlib import Path

import pytest

from fer2013.core.sections import PARAMS, read_yaml
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace
from tools.cluster.__main__ import DATA, RESULTS, Job, plan
from tools.cluster.slurm import RESOURCES, SCRIPT, Submission, read_resources

MODELS = list(read_yaml(REPOSITORY / PARAMS)["models"])


def test_a_model_waits_for_the_data_and_its_teacher_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    jobs = plan(MODELS, [])
    assert next(iter(jobs)) == DATA
    assert {"ingest", "tensors", "configure"} <= set(jobs[DATA].stages)
    assert jobs["resnet"] == Job(["train_resnet", "evaluate_resnet"], [DATA])
    assert jobs["champion"].after == [DATA, "mentor"]
    assert jobs[RESULTS] == Job([], [*list(jobs)[:-1]])
    assert set(jobs) == {DATA, *MODELS, RESULTS}


def test_a_model_brings_its_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    jobs = plan(MODELS, ["champion"])
    assert list(jobs) == [DATA, "mentor", "champion", RESULTS]
    assert "train_mentor" in jobs[RESULTS].stages
    assert "compare" not in jobs[RESULTS].stages


def test_resources_are_taken_as_they_are_written(in_copy: Path) -> None:
    RESOURCES.write_text(
        "defaults: {time: 12:00:00, mem: 4G}\n"
        "jobs:\n  resnet:\n    cpus-per-task: 010\n    mem: 8G\n    exclusive:\n"
    )
    assert read_resources(["resnet", "vit"]) == {
        "resnet": ["--time=12:00:00", "--mem=8G", "--cpus-per-task=010", "--exclusive"],
        "vit": ["--time=12:00:00", "--mem=4G"],
    }


def test_the_repositorys_own_file_of_resources_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    resources = read_resources([DATA, *MODELS, RESULTS])
    assert "--time=24:00:00" in resources["resnet"]
    assert "--time=1:00:00" in resources[DATA]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("jobs: {resnett: {}}", "cluster.yaml: unknown key 'resnett'; jobs are resnet."),
        ("defaults: [time]", "cluster.yaml should have the sections defaults and jobs: "),
        ("defaults: {", "cluster.yaml should have the sections defaults and jobs: "),
    ],
)
def test_a_wrong_file_of_resources_is_refused(in_copy: Path, content: str, why: str) -> None:
    RESOURCES.write_text(content)
    with pytest.raises(BadInput) as error:
        read_resources(["resnet"])
    assert str(error.value).startswith(why)


def submit(folder: Path, monkeypatch: pytest.MonkeyPatch, sbatch: str) -> str:
    """Submit a job to an sbatch that is a shell script."""
    (folder / "sbatch").write_text(f"#!/bin/sh\n{sbatch}\n")
    (folder / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return Submission(folder / "50%_jobs", "c0", "/cache", {"resnet": []}).submit("resnet", ["x"])


def test_a_jobs_number_is_found_below_a_sites_banner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prints = "echo 'Welcome to cluster 7'; echo '41 users'; echo '1234;east'; echo Bye"
    assert submit(tmp_path, monkeypatch, prints) == "1234"
    with pytest.raises(BadInput, match="no number of the job resnet, but: Welcome"):
        submit(tmp_path, monkeypatch, "echo Welcome")


def test_a_percent_sign_in_a_path_is_no_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(tmp_path, monkeypatch, f'echo "$@" >{tmp_path}/words; echo 1')
    log = f"{tmp_path}/50%%_jobs/.dvc/tmp/cluster/c0/resnet-%j.log"
    assert f"--output={log} " in (tmp_path / "words").read_text()


def test_slurms_refusal_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match=r"SLURM refuses the job resnet: no partition x$"):
        submit(tmp_path, monkeypatch, "echo 'no partition\nx' >&2; exit 1")


@pytest.fixture
def repository(tmp_path: Path) -> Workspace:
    """A repository with one stage, whose cache two killed commands of DVC have left unclean."""
    (tmp_path / "my faces").mkdir()
    repository = Workspace(tmp_path / "my faces")
    repository.environment |= {
        f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    repository.run("git", "init", "--quiet")
    repository.run("dvc", "init", "--quiet")
    repository.run("dvc", "config", "core.analytics", "false")
    command = "echo begins >&2; sleep 3; cp params.yaml out; echo ends >&2"
    stage = f"cmd: {command}\n    deps: [params.yaml]\n    outs: [out]"
    (repository.folder / "dvc.yaml").write_text(f"stages:\n  train:\n    {stage}\n")
    (repository.folder / "params.yaml").write_text("a: 1\n")
    (repository.folder / ".gitignore").write_text("/out\n")
    repository.commit("Start")
    return repository


def start(repository: Workspace) -> "subprocess.Popen[str]":
    """Start job.sh as SLURM does."""
    (repository.folder / ".dvc/tmp/cluster/HEAD").mkdir(parents=True, exist_ok=True)
    cache = repository.folder / ".dvc/cache"
    return subprocess.Popen(
        [REPOSITORY / SCRIPT, repository.folder, "HEAD", cache, "train", "dvc", "repro"],
        cwd=repository.folder,
        env=repository.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_of_a_job_that_is_started_twice_the_second_waits_for_the_first(
    repository: Workspace,
) -> None:
    both = [start(repository), start(repository)]
    said = [job.communicate(timeout=120)[0] for job in both]
    assert [job.returncode for job in both] == [0, 0], said
    assert sorted(one.count("\nbegins") for one in said) == [0, 1]
    assert any("Stage 'train' is cached" in one for one in said)


def test_a_job_heals_the_run_cache_after_a_kill(repository: Workspace) -> None:
    """A dvc that is killed as it writes there leaves an empty folder or an incomplete file."""
    repository.run("dvc", "repro")
    (entry,) = repository.folder.glob(".dvc/cache/runs/*/*/*")
    entry.unlink()
    long_ago = 1_000_000_000
    os.utime(entry.parent, (long_ago, long_ago))
    repository.run("git", "clean", "--quiet", "--force", "dvc.lock")
    job = start(repository)
    said = job.communicate(timeout=120)[0]
    assert job.returncode == 0, said
