#!/usr/bin/env bash
# Does the program answer as the fixtures ask?
#   examples/embed-rust/check.sh TOOLS
# TOOLS is the folder with `scimlet-example-embed` and `scimlet-fixtures`. That its store keeps the
# contract is a test of scimlet-store-sqlite.
set -euo pipefail
tools=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=../lib.sh
. ../lib.sh

answers "$tools" sqlite "$tools/scimlet-example-embed" "$scratch/embed.db"
