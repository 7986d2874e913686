#!/usr/bin/env bash
# Runs scim2-tester against a server of its own: once for a tenant with the default settings, once
# for one with schemas and a resource type of its own (without dateTime and decimal, for which the
# tester makes up plain strings).
#
# usage: run.sh PATH-OF-THE-SERVER-BINARY. Needs python3 with venv; installs what requirements.txt
# pins into a folder beside the binary.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
scimlet="$(realpath "$1")"
venv="$(dirname "$scimlet")/conformance-venv"
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip --disable-pip-version-check install --quiet -r "$here/requirements.txt"

data="$(mktemp -d)"
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$data"
}
trap finish EXIT

"$scimlet" serve --data "$data" --listen 127.0.0.1:0 --log-level warn >"$data/said" &
server=$!
for _ in $(seq 300); do
    if grep -q 'listening on' "$data/said"; then break; fi
    sleep 0.1
done
url="$(sed -n 's/^listening on //p' "$data/said")"

check() {
    local tenant=$1 token
    token="$("$scimlet" token create --data "$data" --tenant "$tenant" --scope admin --json |
        sed 's/.*"token":"\([^"]*\)".*/\1/')"
    printf '%s: ' "$tenant"
    "$venv/bin/python" "$here/check.py" "$url/t/$tenant/scim/v2/" "$token"
}

check demo
"$scimlet" tenant create --data "$data" own >/dev/null
"$scimlet" tenant settings --data "$data" --tenant own --file "$here/own-schema.json" >/dev/null
check own
