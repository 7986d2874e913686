"""Interns get what the settings propose, but no `pro`.

`wit/policy.wit` documents every word of the conversation.
"""

import json

from componentize_py_types import Ok, Result
from wit_world import exports
from wit_world.imports.types import Context, Description, Grant, Refusal, Subject


class Hooks(exports.Hooks):
    def describe(self) -> Description:
        return Description(name="{{name}}", version="0.1.0", hooks=["entitle"])

    def shape(self, context: Context, documents: list[str]) -> list[Result[str, Refusal]]:
        """Not asked, since `describe` does not name it."""
        return [Ok(document) for document in documents]

    def entitle(
        self, context: Context, subjects: list[Subject]
    ) -> list[Result[list[Grant], Refusal]]:
        return [Ok(licenses(json.loads(subject.user), subject.proposed)) for subject in subjects]


def licenses(user: dict, proposed: list[Grant]) -> list[Grant]:
    """The licenses that this user should hold."""
    if user.get("userType") == "Intern":
        return [grant for grant in proposed if grant.license != "pro"]
    return proposed
