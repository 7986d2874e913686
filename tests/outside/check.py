"""Checks from outside what scimlet sends: usage: check.py PATH-OF-THE-SERVER-BINARY."""

import base64
import sys
import threading

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from receiver import Receiver
from server import Scimlet, until

TENANT = "acme"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Check:
    """What the parts of the check share."""

    def __init__(self, binary):
        self.scimlet = Scimlet(binary)
        self.receiver = Receiver()
        made = self.scimlet.cli("tenant", "create", TENANT)
        self.token = made["token"]
        # A receiver needs no more.
        reader = self.scimlet.cli("token", "create", "--tenant", TENANT, "--scope", "scim:read")
        self.reader = reader["token"]
        self.keys = jwt.PyJWKClient(f"{self.scimlet.url}/t/{TENANT}/events/jwks.json")

    def add(self, name, *target):
        return self.scimlet.cli("endpoint", "add", name, *target, "--tenant", TENANT)

    def write(self, method, path, body, expected):
        path = f"/t/{TENANT}/scim/v2{path}"
        status, answer = self.scimlet.ask(method, path, self.token, body)
        assert status == expected, (status, answer)
        return answer

    def people(self, names):
        """Some who come, change, and go: several events of each."""
        for name in names:
            body = {"schemas": [USER], "userName": name, "externalId": f"x-{name}"}
            made = self.write("POST", "/Users", body, 201)
            body |= {"displayName": name.upper()}
            self.write("PUT", f"/Users/{made['id']}", body, 200)
            body |= {"active": False}
            self.write("PUT", f"/Users/{made['id']}", body, 200)

    def feed(self):
        """Everything that has happened."""
        events, after = [], 0
        while True:
            path = f"/t/{TENANT}/events?count=7&after={after}"
            status, page = self.scimlet.ask("GET", path, self.reader)
            assert status == 200, page
            events += page["events"]
            after = page["next"]
            if not page["events"]:
                return events

    def poll(self, endpoint, **body):
        path = f"/t/{TENANT}/events/poll/{endpoint['id']}"
        status, answer = self.scimlet.ask("POST", path, self.reader, body)
        assert status == 200, answer
        return answer

    def claims(self, token, endpoint):
        """What a token says, if a stranger may believe it."""
        header = jwt.get_unverified_header(token)
        assert header["typ"] == "secevent+jwt", header
        claims = jwt.decode(
            token,
            self.keys.get_signing_key_from_jwt(token),
            algorithms=["ES256"],
            audience=endpoint["id"],
            issuer=f"{self.scimlet.url}/t/{TENANT}",
            options={"require": ["iss", "iat", "jti", "aud", "txn", "sub_id", "events"]},
        )
        assert "sub" not in claims and "exp" not in claims, claims
        assert claims["sub_id"]["format"] == "scim", claims
        assert len(claims["events"]) == 1, claims
        return claims


def in_order(came, happened):
    """Each at least once, and those of one subject in the order in which they happened; a repeat is no
    news."""
    first = list(dict.fromkeys(came))
    assert sorted(first) == sorted(event["id"] for event in happened), (len(first), len(happened))
    for subject in {event["sub_id"]["uri"] for event in happened}:
        own = [event["id"] for event in happened if event["sub_id"]["uri"] == subject]
        assert [one for one in first if one in own] == own, subject


def check_webhooks(check, hook, signed, happened):
    """Standard Webhooks, by its reference library; ed25519 by hand, for it knows only the other."""
    library, stranger = Webhook(hook["secret"]), Webhook(base64.b64encode(b"k" * 32).decode())
    came = []
    for headers, body in check.receiver.taken("/hook"):
        payload = library.verify(body, headers)
        assert payload["data"]["id"] == headers["webhook-id"], payload
        came.append(headers["webhook-id"])
        try:
            stranger.verify(body, headers)
            raise AssertionError("anybody could have signed this")
        except WebhookVerificationError:
            pass
    in_order(came, happened)
    assert check.receiver.refused("/hook"), "nothing was ever refused"
    public = base64.b64decode(signed["publicKey"].removeprefix("whpk_"))
    key = Ed25519PublicKey.from_public_bytes(public)
    came = []
    for headers, body in check.receiver.taken("/signed"):
        version, signature = headers["webhook-signature"].split(",")
        assert version == "v1a", headers
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}"
        key.verify(base64.b64decode(signature), content.encode())
        came.append(headers["webhook-id"])
    in_order(came, happened)


def check_push(check, push, happened):
    """RFC 8935, by an ordinary JWT library."""
    came = []
    for headers, body in check.receiver.taken("/push"):
        assert headers["content-type"] == "application/secevent+jwt", headers
        assert headers["authorization"] == "Bearer push-me", headers
        came.append(check.claims(body, push)["jti"].removesuffix(f".{push['id']}"))
    in_order(came, happened)


def check_poll(check, poll, happened):
    """RFC 8936: everything is there until it is acknowledged, one wrong token is a dead letter."""
    first = check.poll(poll, maxEvents=3, returnImmediately=True)
    assert len(first["sets"]) == 3 and first["moreAvailable"], first
    again = check.poll(poll, maxEvents=3, returnImmediately=True)
    assert list(again["sets"]) == list(first["sets"]), again
    came, acked = [], []
    while True:
        answer = check.poll(poll, ack=acked, maxEvents=5, returnImmediately=True)
        if not answer["sets"]:
            break
        for jti, token in answer["sets"].items():
            claims = check.claims(token, poll)
            assert claims["jti"] == jti, (claims, jti)
            came.append(jti.removesuffix(f".{poll['id']}"))
        acked = list(answer["sets"])
    in_order(came, happened)


def check_waiting(check, poll):
    """A poll that waits is answered when something happens; what is wrong with it is kept for the admin."""
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(check.poll(poll)))
    waiting.start()
    check.people(["late@example.com"])
    waiting.join(30)
    assert answers and answers[0]["sets"], answers
    bad, *good = answers[0]["sets"]
    error = {bad: {"err": "invalid_request", "description": "not for me"}}
    check.poll(poll, ack=good, setErrs=error, maxEvents=0, returnImmediately=True)
    listed = check.scimlet.cli("deliveries", "list", "--tenant", TENANT)
    dead = [it for it in listed["deliveries"] if it["endpoint"] == poll["id"]]
    assert [it["state"] for it in dead] == ["dead"], dead
    assert "not for me" in dead[0]["reason"], dead


def check_rotation(check, hook):
    """While a secret is replaced, who has the old one and who has the new one are both content."""
    new = check.scimlet.cli("endpoint", "rotate", "hook", "--tenant", TENANT)
    check.people(["after@example.com"])
    last = check.feed()[-1]["id"]

    def arrived():
        return [it for it in check.receiver.taken("/hook") if it[0]["webhook-id"] == last]

    until("an event behind the rotation", arrived)
    headers, body = arrived()[0]
    assert new["secret"] != hook["secret"]
    for secret in (new["secret"], hook["secret"]):
        Webhook(secret).verify(body, headers)


def main():
    check = Check(sys.argv[1])
    scimlet, receiver = check.scimlet, check.receiver
    hook = check.add("hook", "--webhook", receiver.url("/hook"))
    signed = check.add("signed", "--webhook", receiver.url("/signed"), "--signature", "ed25519")
    authorization = ("--authorization", "Bearer push-me")
    push = check.add("push", "--push", receiver.url("/push"), *authorization)
    poll = check.add("poll", "--poll")
    # Every fifth request of a webhook is refused, for a passing reason.
    counts = iter(range(1_000_000))

    def mood(path, _):
        if path == "/push":
            return 202
        refuses = path == "/hook" and next(counts) % 5 == 0
        return (503, {"retry-after": "0"}) if refuses else 204

    receiver.mood = mood
    check.people([f"user{number}@example.com" for number in range(10)])
    scimlet.kill()
    scimlet.start()
    check.people([f"more{number}@example.com" for number in range(10)])
    happened = check.feed()
    assert len(happened) >= 60, len(happened)
    ids = {event["id"] for event in happened}
    for path in ("/hook", "/signed"):
        def have_all(path=path):
            return ids <= {headers["webhook-id"] for headers, _ in receiver.taken(path)}

        until(f"all webhooks at {path}", have_all)

    def have_tokens():
        plain = {"verify_signature": False}
        tokens = [jwt.decode(body, options=plain) for _, body in receiver.taken("/push")]
        return len({token["jti"] for token in tokens}) == len(ids)

    until("all pushed tokens", have_tokens)
    check_webhooks(check, hook, signed, happened)
    check_push(check, push, happened)
    check_poll(check, poll, happened)
    check_waiting(check, poll)
    check_rotation(check, hook)
    assert scimlet.stop() == 0
    print(f"{len(happened)} events, {len(receiver.came)} requests: strangers have verified them all")


if __name__ == "__main__":
    main()
