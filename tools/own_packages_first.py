"""What a user's shell has set must not replace what .venv has: run at each start of its Python.

`make setup` copies this file into .venv. Modules of clusters set PYTHONPATH, others PYTHONSAFEPATH.
"""

import os
import sys

# A stage runs with the Python of the dvc that starts it, even if .venv is not activated.
own = os.path.join(sys.prefix, "bin")  # noqa: PTH118  pathlib would slow down each start
path = os.environ.get("PATH", os.defpath)
if own not in path.split(os.pathsep):
    os.environ["PATH"] = own + os.pathsep + path
# And finds its code in the current folder.
os.environ.pop("PYTHONSAFEPATH", None)
# The folders of PYTHONPATH come after .venv's packages.
foreign = os.environ.get("PYTHONPATH", "").split(os.pathsep)
sys.path.sort(key=[os.path.abspath(folder) for folder in foreign if folder].__contains__)  # noqa: PTH100
