"""Install the wheel with its requirements into a new environment, and predict there.

    python -m tests.stress.wheel_in_new_environment dist/fer2013-….whl picture.jpg

It downloads numpy, OpenCV and onnxruntime.
"""

import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    wheel, picture = (str(Path(name).resolve()) for name in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        commands = Path(folder) / "bin"
        subprocess.run([str(commands / "pip"), "install", "--quiet", wheel], check=True)
        for options in ([], ["--int8"]):
            command = [str(commands / "fer2013"), "predict", picture, *options]
            subprocess.run(command, cwd=folder, check=True)


if __name__ == "__main__":
    main()
