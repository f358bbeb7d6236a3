"""Error messages of the stage compare. tests/pipeline tests its results."""

from pathlib import Path

import pytest

from fer2013.core.config import resolve, write_section
from fer2013.core.sections import read_yaml
from fer2013.runtime.errors import BadInput
from stages import compare


def test_the_cost_of_a_teacher_without_scores_is_unknown(in_copy: Path) -> None:
    params = read_yaml(in_copy / "params.yaml")
    params["models"]["vit"] |= {"teachers": {"models": ["sprint"], "weight": 0.5}}
    Path("models/vit").mkdir(parents=True)
    write_section(resolve(params, "vit"), Path("models/vit/config.yaml"))
    with pytest.raises(BadInput) as error:
        compare.teachers_of("vit", rows={})
    assert str(error.value) == (
        "vit has the teacher sprint, which has no scores; run dvc repro evaluate_sprint."
    )
