"""What a call costs in this process, without HTTP: `python bench.py scimlet.wasm FILE.db`."""

import json
import os
import sys
import time

from embed.engine import Scimlet
from embed.plain import record
from embed.store import SqliteBackend

USERS = 1000
JSON = record(name="content-type", value="application/scim+json")
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def ask(tenant, method, path, body=None, query=None):
    answer = tenant.handle(
        {
            "method": method,
            "path": path,
            "query": query,
            "headers": [JSON],
            "body": json.dumps(body) if body else "",
            "principal": record(id="bench", scopes=["admin"]),
            "base_url": "https://scim.example.com/scim/v2",
        }
    )
    if answer.status >= 300:
        raise RuntimeError(answer.body)
    return answer.body and json.loads(answer.body)


def measure(name, times, work):
    """Does something so many times and prints what half of them took at most, and 99 of 100."""
    micros, results = [], []
    for at in range(times):
        begun = time.perf_counter()
        results.append(work(at))
        micros.append((time.perf_counter() - begun) * 1e6)
    micros.sort()
    half, most = (micros[int(share * (times - 1))] for share in (0.5, 0.99))
    print(f"{name:28}{half:8.0f}{most:8.0f}")
    return results


def main():
    component, file = sys.argv[1:]
    scimlet = Scimlet(component)
    store = SqliteBackend(file).store(f"bench-{os.getpid()}")
    print(f"{'microseconds':28}{'half':>8}{'99 %':>8}")
    *_, tenant = measure("open a tenant", 20, lambda _: scimlet.open("{}", store))

    def user(at):
        return {"schemas": [USER], "userName": f"user-{at}@example.com"}

    def named(at):
        return f"filter=userName%20eq%20%22user-{at}@example.com%22"

    leave = {
        "schemas": [PATCH],
        "Operations": [{"op": "replace", "path": "active", "value": False}],
    }
    made = measure("POST a user", USERS, lambda at: ask(tenant, "POST", "/Users", user(at)))
    paths = [f"/Users/{user['id']}" for user in made]
    measure("GET a user by id", USERS, lambda at: ask(tenant, "GET", paths[at]))
    measure("GET a user by userName", 200, lambda at: ask(tenant, "GET", "/Users", query=named(at)))
    measure(
        "GET a page of 100 users", 50, lambda _: ask(tenant, "GET", "/Users", query="count=100")
    )
    measure("PATCH active to false", 200, lambda at: ask(tenant, "PATCH", paths[at], leave))
    measure("DELETE a user", 200, lambda at: ask(tenant, "DELETE", paths[at]))


main()
