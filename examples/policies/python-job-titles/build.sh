#!/bin/sh
# Makes policy.wasm. `--stub-wasi`: what a policy must not call is not even imported.
set -eu
cd "$(dirname "$0")"
componentize-py --quiet --wit-path wit --world policy componentize --stub-wasi app --output policy.wasm
