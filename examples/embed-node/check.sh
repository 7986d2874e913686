#!/usr/bin/env bash
# Do the JavaScript stores keep the contract, and does the program answer as the fixtures ask?
#   examples/embed-node/check.sh TOOLS scimlet.wasm
# TOOLS is the folder with `scimlet-store-contract` and `scimlet-fixtures`.
set -euo pipefail
tools=$(realpath "$1") component=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=../lib.sh
. ../lib.sh

# Not `npm ci`: one of the packages names optional ones that are not to be had, and it would refuse.
quietly npm install --no-save
node transpile.js "$component"

keeps "$tools" map -- node contract.js map
keeps "$tools" better-sqlite3 --durable --processes 2 -- node contract.js "$scratch/contract.db"

answers "$tools" map node src/server.js map
answers "$tools" better-sqlite3 node src/server.js "$scratch/embed.db"
