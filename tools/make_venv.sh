#!/bin/sh
# Make sure that there is a working .venv with the Python that PYTHON names (default: python3). One
# that is incomplete, was moved, has another Python or no pip is created anew.
set -eu

fail() {
  echo "error: $*" >&2
  exit 1
}

# The version of a Python, such as 3.11; ends with an error if it is not supported.
version_of() {
  found=$("$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) ||
    fail "$1 is not there or does not run; this needs Python 3.11 to 3.13: say PYTHON=python3.12"
  case $found in
    3.11.* | 3.12.* | 3.13.*) echo "${found%.*}" ;;
    *) fail "this needs Python 3.11 to 3.13; $1 is $found: say PYTHON=python3.12" ;;
  esac
}

# Is there a .venv with Python $1 (any if empty) that was created in this folder and has pip?
works() {
  test -x .venv/bin/python && .venv/bin/python -I - "$1" 2>/dev/null <<'END'
import os, sys
import pip

version = sys.version_info[:2]
assert sys.prefix != sys.base_prefix and (3, 11) <= version <= (3, 13)
assert sys.argv[1] in ("", "%d.%d" % version)
with open(os.path.join(sys.prefix, "bin", "activate")) as script:
    made_in = script.read()
assert os.path.abspath(".venv") in made_in or os.path.realpath(".venv") in made_in
END
}

case $(uname -s) in
  MINGW* | MSYS* | CYGWIN*)
    fail "on Windows this runs in WSL only: install it with wsl --install, then clone and run it there"
    ;;
esac
wanted=
if [ -n "${PYTHON:-}" ]; then
  wanted=$(version_of "$PYTHON")
fi
# Lets a stage run with the Python of the dvc that starts it, even if .venv is not activated.
use_own_python() {
  for packages in .venv/lib/python*/site-packages; do
    cat >"$packages/own_python_first.pth" <<'END'
import os, sys; own = os.path.join(sys.prefix, "bin"); path = os.environ.get("PATH", os.defpath); os.environ["PATH"] = path if own in path.split(":") else own + ":" + path
END
  done
}

if works "$wanted"; then
  use_own_python
  exit 0
fi
python=${PYTHON:-python3}
version_of "$python" >/dev/null
if [ -L .venv ] || [ -e .venv ]; then
  echo ".venv is not whole, was moved or is of another Python: it is made anew."
  rm -rf .venv # of a link only the link
fi
if ! "$python" -m venv .venv || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
  rm -rf .venv
  fail "$python cannot make a .venv with pip; on Debian and Ubuntu install python3-venv"
fi
use_own_python
