#!/usr/bin/env bash
# Prints the path of a Python with the packages of a requirements file; makes
# its environment in FOLDER if it is not there.
# usage: bench/venv.sh FOLDER REQUIREMENTS     (needs Python 3 with venv)
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/need.sh
need 'python3 -c "import venv, ensurepip"' python3-venv "Python 3 with venv"
[ -x "$1/bin/python" ] || python3 -m venv "$1" >&2
"$1/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2" >&2
echo "$1/bin/python"
