#!/usr/bin/env bash
# Builds the example policies and a new project in each language, runs their cases, installs them in
# a server of its own, and asks that what became of users.
#
# usage: check.sh PATH-OF-THE-SERVER-BINARY. Needs cargo with the target wasm32-wasip2, node with
# npm, python3 with venv, and curl. What it downloads and builds is kept in a folder beside the
# binary; projects are built in copies, so that nothing is written here.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
scimlet="$(realpath "$1")"
tools="$(dirname "$scimlet")/policy-tools"
mkdir -p "$tools"
# Below the tools, so that npm finds what is installed there.
work="$(mktemp -d "$tools/work.XXXXXX")"
# There from the beginning, so that each component is compiled once.
data="$work/data"
mkdir "$data"
server=

finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT

fail() {
    printf 'check.sh: %s\n' "$*" >&2
    exit 1
}

# Says what is done, and how long it took; shows what it said only if it failed.
quietly() {
    local what=$1 start=$SECONDS
    shift
    if ! "$@" >"$work/log" 2>&1; then
        cat "$work/log" >&2
        fail "$what: failed"
    fi
    printf '%s: ok, %d s\n' "$what" "$((SECONDS - start))"
}

bounded() { timeout 600 "$@"; }

# One command of scimlet on this data.
run() { bounded "$scimlet" "$@" --data "$data"; }

# --- tools and builds ---

install_tools() {
    cp "$here/js-contractors/package.json" "$tools/package.json"
    quietly 'npm install' bounded npm install --prefix "$tools" --no-audit --no-fund --loglevel=error
    if [ ! -x "$tools/venv/bin/python" ]; then
        quietly 'python venv' bounded python3 -m venv "$tools/venv"
    fi
    quietly 'pip install' bounded "$tools/venv/bin/python" -m pip --disable-pip-version-check install \
        --quiet -r "$here/python-job-titles/requirements.txt"
}

# Where the language's own tools leave the component.
component() {
    case $1 in
        rust) echo target/wasm32-wasip2/release/policy.wasm ;;
        js | python) echo policy.wasm ;;
    esac
}

# Builds the project NAME in the work folder as its README says, and runs its cases.
build() {
    local name=$1 lang=$2 file
    cd "$work/$name"
    file=$(component "$lang")
    case $lang in
        rust)
            # One folder for all projects: their dependencies are built once.
            quietly "$name: build" bounded env CARGO_TARGET_DIR="$tools/cargo" \
                cargo build --target wasm32-wasip2 --release
            mkdir -p "$(dirname "$file")"
            cp "$tools/cargo/wasm32-wasip2/release/policy.wasm" "$file"
            ;;
        js) quietly "$name: build" bounded npm run build ;;
        python) quietly "$name: build" bounded env PATH="$tools/venv/bin:$PATH" sh build.sh ;;
    esac
    printf '%s: %d bytes\n' "$name" "$(wc -c <"$file")"
    quietly "$name: check" run policy check "$file"
    quietly "$name: cases" run policy test "$file" cases
    cd "$work"
}

example() {
    # `-L`: the contract is a link there, and a file here.
    cp -rL "$here/$1" "$work/$1"
    build "$1" "$2"
}

project() {
    cd "$work"
    quietly "$1: new" bounded "$scimlet" policy new "$1" --lang "$2"
    if "$scimlet" policy new "$1" --lang "$2" 2>/dev/null; then
        fail "$1: was made twice"
    fi
    build "$1" "$2"
}

# --- a server, and what it says of users ---

start_server() {
    "$scimlet" serve --data "$data" --listen 127.0.0.1:0 --log-level warn \
        >"$work/said" 2>"$work/errors" &
    server=$!
    for _ in $(seq 300); do
        if grep -q 'listening on' "$work/said"; then break; fi
        kill -0 "$server" 2>/dev/null || { cat "$work/errors" >&2; fail 'the server has stopped'; }
        sleep 0.1
    done
    url="$(sed -n 's/^listening on //p' "$work/said")"
    [ -n "$url" ] || fail 'the server does not answer'
}

# Makes a tenant; from here on the questions are about that.
tenant() {
    tenant=$1
    token="$(run tenant create "$tenant" --json | sed 's/.*"token":"\([^"]*\)".*/\1/')"
    base="$url/t/$tenant/scim/v2"
}

license() { run license set --tenant "$tenant" "$1" --seats "$2" >/dev/null; }

install() { quietly "$tenant: install $1" run policy install "$work/$1" --tenant "$tenant"; }

# Sends a body, `scim METHOD PATH BODY`: the answer stays in the file, the status is printed.
scim() {
    curl -sS --max-time 30 -o "$work/answer" -w '%{http_code}' -X "$1" "$base$2" \
        -H "Authorization: Bearer $token" -H 'Content-Type: application/scim+json' -d "$3"
}

# An expression on the last answer, and a user's grants as `SKU=STATE`.
answered() {
    python3 -c '
import json, sys
answer = json.load(open(sys.argv[1]))
extension = answer.get("urn:ietf:params:scim:schemas:extension:scimlet:2.0:User", {})
grants = sorted((g["value"], g["state"]) for g in extension.get("licenses", []))
grants = " ".join(map("=".join, grants))
roles = " ".join(r["value"] for r in answer.get("roles", []))
print(eval(sys.argv[2]))' "$work/answer" "$1"
}

expect() {
    if [ "$2" != "$3" ]; then
        cat "$work/answer" "$work/errors" >&2
        fail "$tenant: $1: expected \`$2\`, got \`$3\`"
    fi
    printf '%s: %s: %s\n' "$tenant" "$1" "$3"
}

# A user with these attributes.
user() { printf '{"schemas":["%s"],%s}' urn:ietf:params:scim:schemas:core:2.0:User "$1"; }

# Creates this user; prints the id.
create() {
    local status
    status=$(scim POST /Users "$1")
    [ "$status" = 201 ] || { cat "$work/answer" >&2; fail "$tenant: create: $status"; }
    answered 'answer["id"]'
}

patch() {
    local body='{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['$2']}' status
    status=$(scim PATCH "/Users/$1" "$body")
    [ "$status" = 200 ] || { cat "$work/answer" >&2; fail "$tenant: patch: $status"; }
}

look() {
    curl -sS --max-time 30 -o "$work/answer" "$base/Users/$1" -H "Authorization: Bearer $token"
}

# Users who are not written are settled anew by the server's sweep, within seconds.
settled() {
    for _ in $(seq 120); do
        look "$2"
        if [ "$(answered grants)" = "$3" ]; then break; fi
        sleep 0.25
    done
    expect "$1" "$3" "$(answered grants)"
}

in_department() {
    local enterprise=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User
    printf '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","%s"],' "$enterprise"
    printf '"userName":"%s@example.com","active":true,"entitlements":[{"value":"pro"}],' "$1"
    printf '"%s":{"department":"%s"}}' "$enterprise" "$2"
}

# --- what each policy is for ---

check_department_caps() {
    local early late
    tenant caps
    license pro 5
    license pro-engineering 5
    license pro-sales 1
    # The one to roll back to.
    install "new-rust/$(component rust)"
    early=$(create "$(in_department early Sales)")
    expect 'without shares' 'pro=active' "$(answered grants)"

    install "rust-department-caps/$(component rust)"
    settled 'who was there has the share now' "$early" 'pro=blocked pro-sales=active'
    late=$(create "$(in_department late Sales)")
    expect 'the share is used up' 'pro=blocked pro-sales=waiting' "$(answered grants)"
    create "$(in_department eve Engineering)" >/dev/null
    expect 'another share' 'pro=blocked pro-engineering=active' "$(answered grants)"
    create "$(in_department les Legal)" >/dev/null
    expect 'no share' 'pro=active' "$(answered grants)"
    patch "$early" '{"op":"replace","path":"active","value":false}'
    settled 'a leaver makes room' "$late" 'pro=blocked pro-sales=active'

    quietly "$tenant: rollback" run policy rollback --tenant "$tenant"
    create "$(in_department new Sales)" >/dev/null
    expect 'rolled back, for who is new' 'pro=active' "$(answered grants)"
    settled 'rolled back, for who was there' "$late" 'pro=active'
    run policy list --tenant "$tenant"
}

check_contractors() {
    local before new held weekend day settings="$work/contractors.json"
    local asks='"active":true,"entitlements":[{"value":"pro"}]'
    tenant contractors
    license pro 5
    license weekday 5
    printf '%s' '{"licensing":{"attributes":[{"path":"userType","map":{"Contractor":"weekday"}}]}}' \
        >"$settings"
    run tenant settings --tenant "$tenant" --file "$settings"
    before=$(create "$(user '"userName":"before@example.com","userType":"Contractor",'"$asks")")
    expect 'without the policy' 'pro=active weekday=active' "$(answered grants)"

    install "js-contractors/$(component js)"
    day=$(date -u +%u)
    if [ "$day" -ge 6 ]; then
        # Nothing new, and nothing is taken away either.
        held='pro=active weekday=active' weekend=403
    else
        held='pro=blocked weekday=active' weekend=201
    fi
    patch "$before" '{"op":"replace","path":"displayName","value":"Before"}'
    expect 'who was there' "$held" "$(answered grants)"
    new=$(user '"userName":"new@example.com","userType":"Contractor",'"$asks")
    expect 'who is new' "$weekend" "$(scim POST /Users "$new")"
    if [ "$weekend" = 201 ]; then
        expect 'who is new' 'pro=blocked weekday=active' "$(answered grants)"
    else
        expect 'why' True "$(answered '"Monday to Friday" in answer["detail"]')"
    fi
    create "$(user '"userName":"emp@example.com","userType":"Employee",'"$asks")" >/dev/null
    expect 'an employee' 'pro=active' "$(answered grants)"
    patch "$before" '{"op":"replace","path":"active","value":false}'
    expect 'a leaver, on any day' '' "$(answered grants)"
}

check_job_titles() {
    local ada
    tenant titles
    license basic unlimited
    license crm 5
    license pro 5
    install "python-job-titles/$(component python)"
    ada=$(create "$(user '"userName":"ada@example.com","active":true,"title":"Sales Manager",
        "entitlements":[{"value":"basic"}]')")
    expect 'licenses of a title' 'basic=active crm=active pro=active' "$(answered grants)"
    expect 'its role' 'sales-lead' "$(answered roles)"
    patch "$ada" '{"op":"replace","path":"title","value":"Software Engineer"}'
    expect 'licenses of another' 'basic=active pro=active' "$(answered grants)"
    expect 'its role' 'engineering' "$(answered roles)"
    patch "$ada" '{"op":"remove","path":"title"}'
    expect 'licenses of none' 'basic=active' "$(answered grants)"
    expect 'its role' '' "$(answered roles)"
}

install_tools
project new-rust rust
project new-js js
project new-python python
example rust-department-caps rust
example js-contractors js
example python-job-titles python
start_server
check_department_caps
check_contractors
check_job_titles
