"""A scimlet server of the check's own, which can be killed, and its command line."""

import json
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

PATIENCE = 60


class Scimlet:
    """One server, one data folder. It keeps its port when it comes back."""

    def __init__(self, binary):
        self.binary = binary
        self.folder = tempfile.TemporaryDirectory()
        self.listen = "127.0.0.1:0"
        self.process = None
        self.start()
        self.listen = self.url.removeprefix("http://")

    def start(self):
        """Starts it, and waits until it answers."""
        command = [self.binary, "serve", "--data", self.folder.name, "--listen", self.listen]
        command += ["--allow-private-endpoints", "--log-level", "error"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        assert first.startswith("listening on "), first
        self.url = first.removeprefix("listening on ").strip()

    def kill(self):
        """kill -9: nothing is said goodbye to."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; its exit status."""
        self.process.terminate()
        status = self.process.wait(PATIENCE)
        self.folder.cleanup()
        return status

    def cli(self, *arguments):
        """What a command answers, as JSON."""
        command = [self.binary, *arguments, "--data", self.folder.name, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (arguments, done.stderr)
        return json.loads(done.stdout)

    def ask(self, method, path, token=None, body=None):
        """The status and the JSON of an answer."""
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


def until(what, condition):
    """Waits for something that is bound to come."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"this never came: {what}"
        time.sleep(0.05)
