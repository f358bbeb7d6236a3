"""The plan of `make cluster`, and what it refuses; on a SLURM it runs in tests/pipeline."""

import os
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from fer2013.core.config import resolve
from fer2013.core.sections import PARAMS, read_yaml
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tools.cluster.__main__ import processes_of
from tools.cluster.job import clean_run_cache
from tools.cluster.plan import DATA, RESULTS, Plan, plan_jobs
from tools.cluster.resources import RESOURCES, read_resources
from tools.cluster.slurm import sbatch
from tools.cluster.trees import sort
from tools.cluster.turns import turn

MODELS = list(read_yaml(REPOSITORY / PARAMS)["models"])


@pytest.fixture(scope="module")
def repo() -> Repo:
    return Repo(str(REPOSITORY))


@pytest.fixture(scope="module")
def plan(repo: Repo) -> Plan:
    return plan_jobs(repo, MODELS, MODELS)


def test_every_stage_is_in_one_job_and_after_what_it_needs(repo: Repo, plan: Plan) -> None:
    names = [job.name for job in plan.jobs]
    assert (names[0], names[-1]) == (DATA, RESULTS)
    planned = [stage for job in plan.jobs for stage in job.stages]
    assert sorted(planned) == sorted(stage.addressing for stage in repo.index.stages)
    done: set[str] = set()
    for job in plan.jobs:
        assert set(job.needs) <= done
        done |= set(job.stages)


def test_a_pupil_waits_for_its_teacher_alone(plan: Plan) -> None:
    assert plan.job("champion").after == [DATA, "mentor"]
    assert plan.job("resnet").after == [DATA]
    assert plan.job("resnet").needs == ["tensors", "configure"]
    assert set(plan.job(RESULTS).after) == {DATA, *MODELS}
    assert {"ensemble", "confusion_ensemble", "compare"} <= set(plan.job(RESULTS).stages)
    assert plan.in_git["evaluate_resnet"] == [
        "metrics/scores/resnet.json",
        "metrics/predictions/resnet.csv",
    ]


def test_a_plan_is_read_as_it_was_written(plan: Plan, tmp_path: Path) -> None:
    plan.write(tmp_path / "plan.json")
    assert Plan.read(tmp_path / "plan.json") == plan


def test_a_pupil_without_its_teacher_is_refused(repo: Repo) -> None:
    with pytest.raises(BadInput, match="champion needs mentor; name it too"):
        plan_jobs(repo, MODELS, ["champion"])


def test_entries_keep_their_places_and_new_ones_follow_as_they_would_run() -> None:
    entries = dict.fromkeys(["compare", "train", "old", "split"])
    assert [*sort(entries, ["old", "gone"], ["split", "train", "compare"])] == [
        "old",
        "split",
        "train",
        "compare",
    ]


def test_the_file_of_resources_is_right_and_becomes_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(REPOSITORY)
    resources = read_resources([DATA, *MODELS, RESULTS]).of("resnet")
    assert {"--nodes=1", "--ntasks-per-node=2", "--mem=4G"} <= set(resources.as_options(2))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"jobs": {"resnett": {}}}, "cluster.yaml: there is no job 'resnett'"),
        ({"jobs": {"resnet": {"gpu": 1}}}, "cluster.yaml: resnet: unknown key 'gpu'"),
        ({"defaults": {"cpus": 0}}, "cluster.yaml: data: cpus: 0 is wrong"),
        ({"job": {}}, "cluster.yaml: unknown key 'job'"),
    ],
)
def test_a_wrong_file_of_resources_is_refused(in_copy: Path, content: object, why: str) -> None:
    RESOURCES.write_text(yaml.safe_dump(content))
    with pytest.raises(BadInput) as error:
        read_resources([DATA, "resnet", RESULTS])
    assert str(error.value).startswith(why)


def test_without_slurm_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BadInput, match="there is no sbatch here"):
        sbatch([], ["true"])


def test_only_the_latest_start_of_a_job_goes_on(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from tools.cluster import turns\n"
        "with turns.turn(Path(sys.argv[1]), 'resnet', 0):\n"
        "    print('mine', flush=True); time.sleep(60)"
    )
    first = subprocess.Popen(
        ["python", "-c", program, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "mine\n"
    with turn(tmp_path, "resnet", 1):
        assert first.wait(10) == -9
    assert "elsewhere" in first.stdout.read()
    with pytest.raises(SystemExit, match="SLURM has started this job again"):
        turn(tmp_path, "resnet", 0).__enter__()


def test_only_what_is_old_and_incomplete_leaves_the_run_cache(tmp_path: Path) -> None:
    old, new = tmp_path / "ab" / "old", tmp_path / "ab" / "new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    complete, incomplete = tmp_path / "cd" / "key" / "entry", tmp_path / "cd" / "key" / ".x.tmp"
    complete.parent.mkdir(parents=True)
    for file in (complete, incomplete):
        file.touch()
    long_ago = time.time() - 3600
    for path in (old, complete, incomplete):
        os.utime(path, (long_ago, long_ago))
    clean_run_cache(tmp_path)
    assert [path.exists() for path in (old, new, complete, incomplete)] == [
        False,
        True,
        True,
        False,
    ]


def test_the_number_of_processes_is_the_trainings() -> None:
    params = read_yaml(REPOSITORY / PARAMS)
    params["models"]["cnn_adam"]["train"]["processes"] = 3
    params["models"]["sprint"]["train"]["processes"] = 2
    params["models"]["champion"]["train"]["processes"] = 4
    found = {model: processes_of(params, model) for model in params["models"]}
    assert found == {model: resolve(params, model).train.processes for model in found}
    assert found["cnn_sgd"] == 3
