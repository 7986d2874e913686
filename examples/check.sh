#!/usr/bin/env bash
# Do the examples of embedding do what they say? After `cargo build --workspace`:
#   examples/check.sh target/debug
# Wants node and npm, and python3 with venv. Two at a time, since each is one process and most of
# the time waits for itself. What runs `wasi:http` is installed first, which takes minutes once.
set -euo pipefail
tools=$(realpath "${1:-target/debug}")
cd "$(dirname "${BASH_SOURCE[0]}")"

component=$(mktemp --suffix .wasm)
trap 'rm -f "$component"' EXIT
# What a user would type is `scimlet component scimlet.wasm`; this is the same program.
"$tools/scimlet-under-test" component "$component"

embed-node/check.sh "$tools" "$component" &
node=$!
status=0
embed-rust/check.sh "$tools" || status=1
embed-python/check.sh "$tools" "$component" || status=1
wait "$node" || status=1
wasi-http/check.sh "$tools" "$component" || status=1
exit "$status"
