"""The component: compiled once, instantiated for each tenant."""

import sqlite3
import sys
import threading
import time
from secrets import randbits

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Variant

from .plain import edge_page, key, outcome, page, plain, record, row
from .store import StoreFailure

STORE = "scimlet:store/store@0.1.0"
POLICY = "scimlet:scim/policy@0.1.0"
PROVIDER = "scimlet:scim/provider@0.1.0"

# wasmtime tells the cases of a variant apart with the help of one set for all threads, so that two
# calls at once see each other's half of it (wasmtime 50.0, `case_test_cache`). Programs that need
# more than one call at a time take processes.
ONE_AT_A_TIME = threading.Lock()

# What a call may take, in beats of `Scimlet.beat`.
DEADLINE = 10
# A warm instance has a few MiB; what is held for the largest request stays below this.
MEMORY = 128 << 20

# How an answer of the store becomes one for the component.
ANSWERS = {
    "load": lambda rows: [row(found) for found in rows],
    "holders": lambda holders: [key(holder) for holder in holders],
    "counters": lambda counters: counters,
    "find": page,
    "edges": lambda pages: [edge_page(found) for found in pages],
    "commit": outcome,
}


class Problems(Exception):
    """What is wrong with a tenant's settings: `[{"path", "detail"}]`."""

    def __init__(self, problems):
        super().__init__("; ".join(f"{it['path']}: {it['detail']}" for it in problems))
        self.problems = problems


class Scimlet:
    """The compiled component."""

    def __init__(self, file):
        config = Config()
        # A call that goes on for too many beats is a trap.
        config.epoch_interruption = True
        self._engine = Engine(config)
        self._component = Component.from_file(self._engine, file)

    def beat(self):
        """To be called each second: what deadlines are counted in."""
        self._engine.increment_epoch()

    def open(self, settings, data):
        """A tenant: an instance of its own, bound to its data. Raises `Problems`."""
        linker = Linker(self._engine)
        # What Rust's std imports. `WasiConfig` has no environment and no files.
        linker.add_wasip2()
        with linker.root() as root:
            with root.add_instance(STORE) as instance:
                for call, answer in ANSWERS.items():
                    instance.add_func(call, asked(getattr(data, call), answer))
            with root.add_instance(POLICY) as instance:
                # A platform whose tenants bring no policies of their own.
                instance.add_func("describe", lambda _: None)
                instance.add_func("shape", lambda *_: "unavailable")
                instance.add_func("entitle", lambda *_: "unavailable")
        store = Store(self._engine)
        world = WasiConfig()
        # The component's last words, if it has any.
        world.inherit_stderr()
        store.set_wasi(world)
        store.set_limits(memory_size=MEMORY)
        store.set_epoch_deadline(DEADLINE)
        return Tenant(store, linker.instantiate(store, self._component), settings)


def asked(call, answer):
    """A function of the store as the component calls it."""

    def imported(_, argument):
        try:
            return answer(call(plain(argument)))
        except (StoreFailure, sqlite3.Error) as error:
            print(f"the store: {call.__name__}: {error!r}", file=sys.stderr)
            # wasmtime tells the cases of a result apart by their Python types, which it cannot for
            # that of `commit`. There a failure ends the call, and the instance with it.
            if call.__name__ == "commit":
                raise
            return failure(error)

    return imported


def failure(error):
    if isinstance(error, StoreFailure):
        return Variant(error.tag, error.val)
    return Variant("unavailable", str(error))


class Tenant:
    """An opened tenant. One call at a time; whoever meets an exception must open it anew."""

    def __init__(self, store, instance, settings):
        self._store = store
        provider = instance.get_export_index(store, PROVIDER)

        def function(name):
            return instance.get_func(store, instance.get_export_index(store, name, provider))

        self._functions = {
            name: function(f"[method]tenant.{name}") for name in ("handle", "reindex", "sweep")
        }
        opened = self._run(function("[static]tenant.open"), settings)
        if isinstance(opened, list):
            raise Problems(plain(opened))
        self._tenant = opened

    def handle(self, request):
        """Answers a request; the result has `status`, `headers` and `body`."""
        return self._call("handle", record(**request, **moment()))

    def reindex(self):
        """What a change of the settings has left to do, all of it."""
        after = None
        while True:
            progress = self._call("reindex", after, 200)
            after = progress.next
            if after is None:
                return

    def sweep(self):
        """One step of what is due by time; when to come again, in seconds, or none."""
        now = moment()
        due = self._call("sweep", now["now"], now["seed"])
        return None if due is None else due / 1000

    def _call(self, name, *arguments):
        answer = self._run(self._functions[name], self._tenant, *arguments)
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer

    def _run(self, function, *arguments):
        with ONE_AT_A_TIME:
            self._store.set_epoch_deadline(DEADLINE)
            answer = function(self._store, *arguments)
            function.post_return(self._store)
        return answer


def moment():
    """The only clock and the only chance that the component has."""
    return {"now": time.time_ns() // 1_000_000, "seed": (randbits(64), randbits(64))}
