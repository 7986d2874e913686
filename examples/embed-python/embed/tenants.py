"""What every platform has in some form: tenants, who may speak for them, and what is due."""

import hashlib
import hmac
import logging
import threading
import time
from collections import OrderedDict

# How many tenants are kept open. Each costs a few MiB; the one not used for longest gives way.
MOST_OPEN = 100
# A tenant is looked after so often (in seconds), even if nothing is known to be due. Every process
# looks after what it has written itself, so this is for one that died in between.
ROUND = 3600
# What fails is tried again after so many seconds.
RETRY = 5
# How many steps a tenant may take before the others have their turn.
STEPS = 20

SCOPES = ("scim", "scim:read", "admin")

log = logging.getLogger(__name__)


class Tenants:
    """All tenants of this program."""

    def __init__(self, scimlet, backend, secret):
        self._scimlet = scimlet
        self._backend = backend
        self._secret = secret.encode()
        self._settings = backend.settings()
        # When each tenant is looked after next.
        self._due = {}
        # Opened tenants that wait for a call. Who takes one out has it alone.
        self._idle = OrderedDict()
        self._lock = threading.Lock()

    def save(self, name, settings):
        """Makes a tenant, or gives it other settings; its tokens.

        Raises `Problems` if the component does not take them; then nothing has changed.
        """
        tenant = self._scimlet.open(settings, self._backend.store(name))
        self._backend.save_settings(name, settings)
        with self._lock:
            self._settings[name] = settings
            self._idle.pop(name, None)
        # Rows that were written before are to be found by what the settings name now.
        tenant.reindex()
        self._put_back(name, settings, tenant)
        return {scope: self._token(name, scope) for scope in SCOPES}

    def bearer(self, token):
        """Who presents this token: tenant and scope; or none."""
        tenant, _, rest = token.partition(".")
        scope = rest.partition(".")[0]
        good = hmac.compare_digest(token.encode(), self._token(tenant, scope).encode())
        return (tenant, scope) if good and tenant in self._settings else None

    def _token(self, tenant, scope):
        """Nothing of a token is stored: whoever knows the secret can tell a good one."""
        seal = hmac.new(self._secret, f"{tenant}.{scope}".encode(), hashlib.sha256).hexdigest()
        return f"{tenant}.{scope}.{seal}"

    def handle(self, name, request):
        """Answers a SCIM request of a tenant."""
        answer = self._with(name, lambda tenant: tenant.handle(request))
        if request["method"] != "GET":
            self._due[name] = 0
        return answer

    def sweep(self):
        """Carries out what is due by time: terms that begin or end, work that was left over."""
        for name in list(self._settings):
            if self._due.get(name, 0) <= time.time():
                # Before the look, so that who writes meanwhile is looked after once more.
                self._due[name] = time.time() + ROUND
                try:
                    due = self._with(name, self._steps)
                except Exception:
                    # The others have their turn all the same.
                    log.exception("what is due for `%s` has to wait", name)
                    due = time.time() + RETRY
                self._due[name] = min(self._due[name], due)

    @staticmethod
    def _steps(tenant):
        for _ in range(STEPS):
            due = tenant.sweep()
            if due is None:
                return float("inf")
            if due > time.time():
                return due
        return 0

    def _with(self, name, call):
        with self._lock:
            settings, tenant = self._settings[name], self._idle.pop(name, None)
        if tenant is None:
            tenant = self._scimlet.open(settings, self._backend.store(name))
        # Whoever raises has lost the instance, and whether it committed anything is unknown.
        answer = call(tenant)
        self._put_back(name, settings, tenant)
        return answer

    def _put_back(self, name, settings, tenant):
        """Keeps an instance for the next call, unless the settings have changed meanwhile."""
        with self._lock:
            if self._settings[name] == settings:
                self._idle[name] = tenant
                self._idle.move_to_end(name)
            if len(self._idle) > MOST_OPEN:
                self._idle.popitem(last=False)
