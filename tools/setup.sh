#!/bin/sh
# Install requirements/ and this project into .venv, unless that has been done: `make setup`.
#
#     sh tools/setup.sh cpu|cuda
#
# PYTHON names another Python than python3. .venv is made anew if it has another Python than that, is
# incomplete or was moved. pip installs uv and the CPU build of torch, whose wheel has another version
# (2.13.0+cpu) than the lock, which uv refuses; uv installs all the rest in seconds.
set -eu
torch=$1
installed=.venv/installed-$torch
locks="requirements/build.txt requirements/common.txt requirements/torch-$torch.txt"

# What a user's shell has set for other Pythons, and would have packages come from or go elsewhere.
unset PYTHONHOME PYTHONPATH PYTHONSAFEPATH PIP_PREFIX PIP_ROOT PIP_TARGET UV_SYSTEM_PYTHON UV_TARGET
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
PATH=${PATH#"$PWD/.venv/bin:"}

fail() {
  echo "error: $*" >&2
  exit 1
}

version_of() {
  "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null || echo missing or does not run
}

supported() {
  case $1 in 3.11.* | 3.12.* | 3.13.*) ;; *) return 1 ;; esac
}

# Does .venv have pip and this version of Python, and was it made in this folder?
whole() {
  supported "$1" && [ "$(version_of .venv/bin/python)" = "$1" ] &&
    .venv/bin/python -c 'import pip' 2>/dev/null &&
    grep -qF -e "$PWD/.venv" -e "$(cd .venv && pwd -P)" .venv/bin/activate
}

make_venv() {
  python=${PYTHON:-python3}
  version=$(version_of "$python")
  supported "$version" ||
    fail "this needs Python 3.11 to 3.13; $python is $version: say PYTHON=python3.12"
  if [ -L .venv ] || [ -e .venv ]; then
    echo ".venv is not whole, was moved or is of another Python: it is made anew."
    rm -rf .venv # of a link only the link
  fi
  if ! "$python" -m venv .venv || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    rm -rf .venv
    fail "$python cannot make a .venv with pip; on Debian and Ubuntu install python3-venv"
  fi
}

pip_install() {
  .venv/bin/python -m pip install --quiet --no-compile --no-deps --require-hashes "$@"
}

uv_install() {
  .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation "$@"
}

install() {
  # The other torch goes first: to pip and uv both builds are the same version.
  [ -e "$installed" ] || .venv/bin/python -m pip uninstall --quiet --yes torch 2>/dev/null
  rm -f .venv/installed-*
  touch -t 197001010000 "$installed" # an old date: an interrupted installation is repeated
  cp tools/own_packages_first.py "$packages"
  echo "import own_packages_first" >"$packages/0.pth" # before the .pth file of this project
  pip_install -r requirements/build.txt
  set -- -r requirements/common.txt
  if [ "$torch" = cuda ]; then
    set -- "$@" -r requirements/torch-cuda.txt
  else # from a folder that pip is configured with (PIP_FIND_LINKS), else from PyTorch's index
    pip_install --no-index -r requirements/torch-cpu.txt 2>/dev/null ||
      pip_install --index-url "${CPU_INDEX:-https://download.pytorch.org/whl/cpu}" \
        -r requirements/torch-cpu.txt
  fi
  # pip may know a mirror, proxy or certificate that uv does not.
  uv_install --require-hashes "$@" || pip_install --no-build-isolation "$@"
  uv_install --offline --editable .
  touch "$installed"
}

[ "$torch" = cpu ] || [ "$torch" = cuda ] || fail "TORCH is cpu or cuda, not $torch"
case $(uname -s) in
  MINGW* | MSYS* | CYGWIN*)
    fail "on Windows this runs in WSL only: install it with wsl --install, then clone and run it there"
    ;;
esac
whole "$(version_of "${PYTHON:-.venv/bin/python}")" || make_venv
packages=$(echo .venv/lib/python*/site-packages)
if [ ! -e "$installed" ] || [ -n "$(find $locks pyproject.toml -newer "$installed")" ]; then
  install
fi
