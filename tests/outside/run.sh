#!/usr/bin/env bash
# Strangers check what scimlet sends: receivers in Python, who know the standards and nothing of scimlet,
# with the reference library of Standard Webhooks and an ordinary JWT library.
#
# usage: run.sh PATH-OF-THE-SERVER-BINARY. Needs python3 with venv; installs what requirements.txt pins
# into a folder beside the binary.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
scimlet="$(realpath "$1")"
venv="$(dirname "$scimlet")/outside-venv"
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip --disable-pip-version-check install --quiet -r "$here/requirements.txt"
export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" "$here/check.py" "$scimlet"
