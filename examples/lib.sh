# shellcheck shell=bash
# What the checks of the examples share.

scratch=$(mktemp -d)
secret=a-secret-of-this-check
server=''
trap 'stop; rm -rf "$scratch"' EXIT

stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=''
    fi
}

# Runs a command that installs something; what it says is shown only if it fails, without the
# addresses that it fetched from.
quietly() {
    if ! "$@" >"$scratch/said" 2>&1; then
        sed -uE 's#https?://[^][:space:])`"'\'']+#<address>#g' "$scratch/said" >&2
        return 1
    fi
}

# keeps TOOLS NAME [OPTION ...] -- COMMAND ...: the store contract.
keeps() {
    local tools=$1 name=$2
    shift 2
    "$tools/scimlet-store-contract" "$@" >"$scratch/contract" || {
        grep -v '^kept' "$scratch/contract" >&2
        return 1
    }
    printf '%s, store over %s: %s\n' "$(basename "$PWD")" "$name" "$(tail -n 1 "$scratch/contract")"
}

# answers TOOLS NAME COMMAND ...: starts a program on a free port, and plays the fixtures against it.
answers() {
    local tools=$1 name=$2 base=''
    shift 2
    SECRET=$secret PORT=0 "$@" >"$scratch/out" 2>&1 &
    server=$!
    for _ in $(seq 600); do
        base=$(sed -nE 's/^(listening|Serving HTTP) on //p' "$scratch/out")
        [ -z "$base" ] || break
        kill -0 "$server" || break
        sleep 0.1
    done
    "$tools/scimlet-fixtures" --base "$base" --secret "$secret" >"$scratch/fixtures" || {
        tail -n 50 "$scratch/out" "$scratch/fixtures" >&2
        return 1
    }
    stop
    printf '%s, program over %s: %s\n' "$(basename "$PWD")" "$name" "$(tail -n 1 "$scratch/fixtures")"
}
