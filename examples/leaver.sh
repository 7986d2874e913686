#!/usr/bin/env bash
# A seat, a waitlist and a leaver, against a running server:
#   TOKEN=scl_... examples/leaver.sh [BASE]
# Wants a license `pro` with few seats, such as the demo tenant has, and curl.
set -euo pipefail
base=${1:-http://127.0.0.1:8080/scim/v2}
: "${TOKEN:?set TOKEN to a token of scope scim}"
run=$(date +%s)

scim() {
    curl -sS -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/scim+json' "$@"
}

# A user who asks for a seat; prints the id and what became of the wish.
join() {
    scim "$base/Users" -d '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName":"'"$1"'","entitlements":[{"value":"pro"}]}'
}

field() { sed -nE 's/.*"'"$1"'":"?([^",}]*).*/\1/p' | head -n 1; }

first=''
while :; do
    name="user-$run-$RANDOM@example.com"
    answer=$(join "$name")
    state=$(field state <<<"$answer")
    printf '%-40s %s\n' "$name" "$state"
    [ -n "$first" ] || first=$(sed -nE 's/.*"id":"([^"]*)".*/\1/p' <<<"$answer")
    case $state in
        active) ;;
        waiting) break ;;
        *) printf '%s\n' "$answer" >&2; exit 1 ;;
    esac
done

printf '\nThe first one leaves; the one who waits has the seat:\n'
scim -X PATCH "$base/Users/$first" -o /dev/null -w 'PATCH active false -> %{http_code}\n' \
    -d '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
         "Operations":[{"op":"replace","path":"active","value":false}]}'
scim -G "$base/Users" --data-urlencode "filter=userName eq \"$name\"" | field state
echo
