"""A job title says which role a user has, and which licenses come with it.

`shape` writes `roles` from `title` into what the identity provider sends, which has titles only;
`entitle` adds the licenses of the title to what is proposed.
"""

import json
from typing import NamedTuple

from componentize_py_types import Ok, Result
from wit_world import exports
from wit_world.imports.types import Context, Description, Grant, Refusal, Subject


class Job(NamedTuple):
    role: str
    licenses: tuple[str, ...]


JOBS = {
    "account executive": Job("sales", ("crm",)),
    "sales manager": Job("sales-lead", ("crm", "pro")),
    "software engineer": Job("engineering", ("pro",)),
}


class Hooks(exports.Hooks):
    def describe(self) -> Description:
        return Description(name="job-titles", version="0.1.0", hooks=["shape", "entitle"])

    def shape(self, context: Context, documents: list[str]) -> list[Result[str, Refusal]]:
        shaped = with_role_change if context.operation == "patch" else with_role
        return [Ok(json.dumps(shaped(json.loads(document)))) for document in documents]

    def entitle(
        self, context: Context, subjects: list[Subject]
    ) -> list[Result[list[Grant], Refusal]]:
        return [Ok(licenses(json.loads(subject.user), subject.proposed)) for subject in subjects]


# What comes to `shape` is what a client sent, and not checked yet. What these two do not understand
# they leave alone, and the schema refuses it with a better sentence than a policy could.


def with_role(user: dict) -> dict:
    """The user as they were sent, with the role of their title."""
    match user:
        case {"title": str(title)}:
            return user | {"roles": roles(title)}
    return user


def with_role_change(patch: dict) -> dict:
    """The PATCH as it was sent; where it says a new title, it says the role as well."""
    match patch:
        case {"Operations": [*operations]}:
            titles = [title for title in map(new_title, operations) if title is not None]
            changes = [{"op": "replace", "path": "roles", "value": roles(t)} for t in titles[-1:]]
            return patch | {"Operations": operations + changes}
    return patch


def new_title(operation: dict) -> str | None:
    """The title that this operation of a PATCH sets: empty where it removes it, none without one."""
    match operation:
        case {"path": "title", "value": str(title)}:
            return title
        case {"path": "title", "op": str(op)} if op.lower() == "remove":
            return ""
        case {"value": {"title": str(title)}} if "path" not in operation:
            return title
    return None


def licenses(user: dict, proposed: list[Grant]) -> list[Grant]:
    """What is proposed, and what comes with the title; each license once."""
    job = job_of(user.get("title", ""))
    known = {grant.license for grant in proposed}
    return proposed + [
        Grant(license, f"the title {user['title']}")
        for license in (job.licenses if job else ())
        if license not in known
    ]


def roles(title: str) -> list[dict]:
    job = job_of(title)
    return [{"value": job.role}] if job else []


def job_of(title: str) -> Job | None:
    """Titles are known whatever their case and their spaces."""
    return JOBS.get(" ".join(title.split()).lower())
