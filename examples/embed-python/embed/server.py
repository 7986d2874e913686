"""SCIM in a Flask program: `SECRET=... python -m embed.server scimlet.wasm FILE.db`.

PUT /tenants/NAME   the platform's own: makes a tenant, or changes its settings (the body)
/scim/v2/...        SCIM, answered by the component
/admin/v1/...       what it answers to admins beside SCIM
"""

import hmac
import json
import os
import re
import sys
import threading
import time

from flask import Flask, Response, request
from waitress.server import create_server

from .engine import Problems, Scimlet
from .plain import record
from .store import SqliteBackend
from .tenants import Tenants

BASE = "/scim/v2"
ADMIN = "/admin/v1"

# What the component gets to see of the headers; never who asks.
SHOWN = (
    "accept",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "prefer",
    "user-agent",
    "x-http-method-override",
)

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 4 << 20


def presented():
    """The token of the `Authorization` header, and whether the word `Bearer` is missing."""
    found = re.fullmatch(
        r"(?:(bearer) +)?(\S+) *", request.headers.get("authorization", ""), re.IGNORECASE
    )
    return (found[2], found[1] is None) if found else (None, False)


def scim_error(status, detail, headers=()):
    schema = "urn:ietf:params:scim:api:messages:2.0:Error"
    body = json.dumps({"schemas": [schema], "status": str(status), "detail": detail})
    return Response(body, status, dict(headers), content_type="application/scim+json")


@app.put("/tenants/<name>")
def save(name):
    token = presented()[0] or ""
    if not hmac.compare_digest(token.encode(), app.config["SECRET"].encode()):
        return {}, 401
    try:
        return {"tokens": app.config["TENANTS"].save(name, request.get_data(as_text=True) or "{}")}
    except Problems as wrong:
        return {"problems": wrong.problems}, 422


def below(path):
    """The path as the component knows it; none if it is not for the component."""
    for base, name in ((BASE, ""), (ADMIN, "/.admin")):
        if path == base or path.startswith(f"{base}/"):
            return name + path.removeprefix(base)
    return None


# Before the routes, so that the component answers for every path and method below its base.
@app.before_request
def scim():
    # As it came: Flask's own `path` is decoded.
    path, _, query = request.environ["REQUEST_URI"].partition("?")
    path = below(path)
    if path is None:
        return None
    tenants = app.config["TENANTS"]
    token, bare = presented()
    caller = tenants.bearer(token) if token else None
    if caller is None:
        challenge = {"www-authenticate": 'Bearer realm="scimlet"'}
        return scim_error(401, "a valid bearer token is needed", challenge)
    try:
        body = request.get_data().decode()
    except UnicodeDecodeError:
        return scim_error(400, "the body is not UTF-8")
    tenant, scope = caller
    answer = tenants.handle(
        tenant,
        {
            "method": "GET" if request.method == "HEAD" else request.method,
            "path": path,
            "query": query or None,
            "headers": shown(bare),
            "body": body,
            "principal": record(id=f"{tenant}.{scope}", scopes=[scope]),
            "base_url": f"{request.host_url.rstrip('/')}{BASE}",
        },
    )
    response = Response(answer.body, answer.status)
    del response.headers["content-type"]
    for header in answer.headers:
        response.headers.add(header.name, header.value)
    return response


def shown(bare):
    headers = [(name, request.headers[name]) for name in SHOWN if name in request.headers]
    if bare:
        headers.append(("x-scimlet-bare-token", "true"))
    return [record(name=name, value=value) for name, value in headers]


@app.errorhandler(413)
def too_large(_):
    return scim_error(413, "the body is larger than 4 MiB")


@app.errorhandler(500)
def broken(_):
    return scim_error(500, "something broke; it is in the log")


def every_second(work):
    while True:
        time.sleep(1)
        work()


def main():
    component, file = sys.argv[1:]
    secret = os.environ["SECRET"]
    scimlet = Scimlet(component)
    tenants = Tenants(scimlet, SqliteBackend(file), secret)
    app.config.update(SECRET=secret, TENANTS=tenants)
    # Two threads: a sweep that hangs must not stop the clock that its deadline is counted by.
    for work in (scimlet.beat, tenants.sweep):
        threading.Thread(target=every_second, args=[work], daemon=True).start()
    server = create_server(
        app, host="127.0.0.1", port=int(os.environ.get("PORT", "8080")), threads=8
    )
    print(f"listening on http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
