"""A small receiver of webhooks and of pushed security event tokens. It keeps what came, and lets the check
decide how it answers."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Listens on this machine. `mood` is asked how to answer each request: a status, or a status and
    headers."""

    def __init__(self):
        self.came = []
        self.mood = lambda path, headers: 204
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["content-length"])
                body = self.rfile.read(length).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = receiver.mood(self.path, headers)
                status, more = answer if isinstance(answer, tuple) else (answer, {})
                with receiver.lock:
                    receiver.came.append((self.path, headers, body, status))
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        """Where it is."""
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def taken(self, path):
        """What came to a path and was taken, in that order: headers and body."""
        with self.lock:
            return [(h, b) for p, h, b, s in self.came if p == path and 200 <= s < 300]

    def refused(self, path):
        """What was not."""
        with self.lock:
            return [(h, b) for p, h, b, s in self.came if p == path and s >= 300]
