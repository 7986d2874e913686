#!/usr/bin/env bash
# Does the Python store keep the contract, and does the program answer as the fixtures ask?
#   examples/embed-python/check.sh TOOLS scimlet.wasm
# TOOLS is the folder with `scimlet-store-contract` and `scimlet-fixtures`.
set -euo pipefail
tools=$(realpath "$1") component=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=../lib.sh
. ../lib.sh

[ -d .venv ] || python3 -m venv .venv
quietly .venv/bin/pip install --disable-pip-version-check -r requirements.txt

keeps "$tools" sqlite3 --durable --processes 2 -- .venv/bin/python contract.py "$scratch/contract.db"
answers "$tools" sqlite3 .venv/bin/python -m embed.server "$component" "$scratch/embed.db"
