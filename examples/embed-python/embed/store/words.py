"""What the parts of the store share: failures, cursors, limits."""

import json

# The largest value of a counter.
COUNTER_MAX = 2**63 - 1

# How many nodes a plan may have. A filter that a person writes has fewer than ten.
MAX_NODES = 512

# How large a plan may be when it is written out.
MAX_SETS = 5000


class StoreFailure(Exception):
    """A failure as wit/store/store.wit has it: `unavailable`, `timeout`, `too-large`, `other`."""

    def __init__(self, tag, val=None):
        super().__init__(f"{tag}: {val}")
        self.tag = tag
        self.val = val


class Stale(Exception):
    """Raised inside a commit: the change at this index is stale."""

    def __init__(self, index):
        super().__init__(f"change {index} is stale")
        self.index = index


def cursor(walk, *place):
    """The cursor behind a place: the walk that it belongs to, and what the next page begins behind."""
    return json.dumps([walk, *place])


def place(walk, text):
    """The place that a cursor names, if it is one of that walk."""
    try:
        named, *rest = json.loads(text)
        if named == walk:
            return rest
    except (ValueError, TypeError):
        pass
    raise StoreFailure("other", f"`{text}` is not a cursor for this question")


def operands(node):
    """The indexes of the earlier nodes that a node names."""
    if node["tag"] in ("both", "either"):
        return node["val"]
    return [node["val"]] if node["tag"] == "negate" else []


def check_nodes(nodes):
    """Refuses a plan that is too large, or whose nodes name later ones."""
    if len(nodes) > MAX_NODES:
        raise StoreFailure(
            "too-large", f"a plan of {len(nodes)} nodes, where {MAX_NODES} are taken"
        )
    # SQLite writes a named set out wherever it is named, so a plan weighs as much as its tree.
    weights = []
    for at, node in enumerate(nodes):
        if any(operand >= at for operand in operands(node)):
            raise StoreFailure("other", f"node {at} names a later node")
        weights.append(1 + sum(weights[operand] for operand in operands(node)))
        if weights[-1] > MAX_SETS:
            raise StoreFailure("too-large", f"a plan of more than {MAX_SETS} sets")
