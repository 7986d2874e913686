"""Runs scim2-tester against a server and fails on what it finds wrong.

Usage: check.py BASE_URL TOKEN (of scope admin). run.sh starts the server and calls this.
"""

import json
import sys
from collections import Counter

from httpx2 import Client, HTTPTransport, Response
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ScimProvider
from scim2_models.policy import ScimPolicy
from scim2_tester import Status, check_server

GOOD = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED}

# Read-only values stand in our extensions: a user's licenses, the gauges of a license. The tester
# adds such an extension as a whole and expects back just what it sent, while a server shows what
# it sets itself (RFC 7643 section 7, `readOnly`).
OURS = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:"
WHOLE = {"check_add_attribute", "check_replace_attribute"}

# The tester makes up values by their type. Most terms of a license are durations, moments, and SKUs of
# licenses that exist: what it made up would be refused, so it is told of the others alone.
CORE = "urn:ietf:params:scim:schemas:core:2.0:Entitlement"
TERMS = OURS + "Entitlement"


def is_told(urn: str, name: str) -> bool:
    """Whether the tester is told of an attribute."""
    if urn == CORE:
        return name != "contains"
    return urn != TERMS or name in {"overage", "waiting", "over"}


class Plain(HTTPTransport):
    """The transport, with a shorter schema of the terms."""

    def handle_request(self, request):
        response = super().handle_request(request)
        if "/Schemas" not in request.url.path:
            return response
        body = json.loads(response.read())
        schemas = (it for it in body.get("Resources", [body]) if "attributes" in it)
        for schema in schemas:
            told = (it for it in schema["attributes"] if is_told(schema["id"], it["name"]))
            schema["attributes"] = list(told)
        headers = {"content-type": response.headers["content-type"]}
        return Response(response.status_code, headers=headers, content=json.dumps(body))


def is_known(result) -> bool:
    """What is not as the tester would have it, on purpose. Nothing else is let through."""
    urn = result.data.get("urn", "") if isinstance(result.data, dict) else ""
    if result.title in WHOLE and urn in {OURS + "User", OURS + "Entitlement"}:
        return True
    # `active` false is not removed: a leaver does not come back by omission (ARCHITECTURE.md). The
    # tester rolls dice for the value that it removes.
    return result.title == "check_remove_attribute" and urn == "active"


def main(base_url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    # `RolesAndEntitlements` of draft-ietf-scim-roles-entitlements is unknown to the tester's models,
    # which forbid what they do not know unless told otherwise.
    policy = ScimPolicy(unknown=ScimPolicy.Unknown.keep)
    with Client(base_url=base_url, headers=headers, timeout=30, transport=Plain()) as http:
        provider = ScimProvider([], [], None, policy)
        results = check_server(SyncSCIMClient(http, provider=provider))
    wrong = [it for it in results if it.status not in GOOD and not is_known(it)]
    for result in wrong:
        print(f"{result.status.name} {result.resource_type} {result.title}: {result.reason}")
    counts = Counter(result.status.name for result in results if result not in wrong)
    types = sorted({result.resource_type for result in results if result.resource_type})
    print(f"{len(results)} checks of {', '.join(types)}: {dict(counts)}, {len(wrong)} wrong")
    return 1 if wrong or len(results) < 100 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
