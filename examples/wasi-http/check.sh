#!/usr/bin/env bash
# Does the store keep the contract, and do the three components answer as the fixtures ask, in
# `wasmtime serve`?
#   examples/wasi-http/check.sh TOOLS scimlet.wasm
# TOOLS is the folder with `scimlet-store-contract` and `scimlet-fixtures`. What runs and composes
# components is installed beside it, once.
set -euo pipefail
tools=$(realpath "$1") component=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=../lib.sh
. ../lib.sh

installed=$tools/../tools
if [ ! -x "$installed/bin/wac" ]; then
    quietly cargo install --locked --root "$installed" --no-default-features wac-cli@0.12.0
fi
# The same wasmtime as in the runtime.
if [ ! -x "$installed/bin/wasmtime" ]; then
    # What it runs here is no figure: the build is what takes time.
    quietly env CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install --locked --root "$installed" \
        --no-default-features \
        --features run,serve,cranelift,component-model,component-model-async,parallel-compilation \
        wasmtime-cli@48.0.8
fi

quietly cargo fmt --all --check
target=$tools/../wasi-http
quietly cargo build --locked --target-dir "$target" --bin contract
keeps "$tools" 'a folder' --durable --processes 2 -- "$target/debug/contract" "$scratch/logs"

quietly cargo build --locked --target-dir "$target" --release --target wasm32-wasip2 --lib
built=$target/wasm32-wasip2/release
"$installed/bin/wac" compose compose.wac -o "$scratch/served.wasm" \
    -d scimlet:engine="$component" \
    -d scimlet:files="$built/scimlet_wasi_http_store.wasm" \
    -d scimlet:adapter="$built/scimlet_wasi_http_adapter.wasm"

mkdir "$scratch/data"
answers "$tools" 'wasmtime serve' \
    "$installed/bin/wasmtime" serve -O pooling-allocator=n -S cli --addr 127.0.0.1:0 --env "SECRET=$secret" \
    --dir "$scratch/data::/data" "$scratch/served.wasm"
