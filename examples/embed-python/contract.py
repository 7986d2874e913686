"""The far end of `scimlet-store-contract`: `python contract.py FILE`.

A question a line on standard input, an answer a line on standard output. The data has the shape of
the store's own already, but for numbers of 64 bits, which are strings there.
"""

import json
import sys

from embed.store import SqliteBackend, StoreFailure

LARGE = ("version", "replaces", "offset", "delta", "floor", "ceiling")


def read(data):
    """Numbers of 64 bits as numbers."""
    for name in LARGE:
        if isinstance(data.get(name), str):
            data[name] = int(data[name])
    # `{"tag": "version", "val": ...}`, an expectation.
    if data.get("tag") == "version":
        data["val"] = int(data["val"])
    return data


def answer(backend, question):
    call, args = question["call"], question["args"]
    try:
        if call == "outbox":
            args[0] = int(args[0])
        return {"ok": getattr(backend.store(question["tenant"]), call)(*args)}
    except StoreFailure as failure:
        return {"failure": {"tag": failure.tag, "val": failure.val}}
    except Exception as error:
        return {"failure": {"tag": "other", "val": repr(error)}}


def main():
    backend = SqliteBackend(sys.argv[1])
    for line in sys.stdin:
        question = json.loads(line, object_hook=read)
        print(json.dumps({"id": question["id"], **answer(backend, question)}), flush=True)


main()
