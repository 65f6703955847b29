"""A proxy that keeps every call that goes through it, and the answer."""
import dataclasses
import http.client
import http.server
import socket
import threading
import urllib.parse


@dataclasses.dataclass
class Call:
    method: str
    path: str
    headers: dict  # names in lower case
    body: bytes
    status: int
    answer_headers: dict
    answer: bytes

    @property
    def service(self):
        """As its signature names it: "ec2", "sqs", ..."""
        scope = self.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0]
        return scope.split("/")[3] if scope.count("/") == 4 else ""


class RecordingProxy:
    """Serves on a loopback port of its own until closed; forwards to `upstream` ("http://127.0.0.1:1234") as it is, Host too,
    so that signatures stay valid. `calls` may be read at any time."""

    def __init__(self, upstream):
        target = urllib.parse.urlsplit(upstream)
        calls = self.calls = []
        lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.upstream = http.client.HTTPConnection(target.hostname, target.port, timeout=120)

            def finish(self):
                self.upstream.close()
                super().finish()

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    self.upstream.putheader(name, value)
                self.upstream.endheaders(body)
                response = self.upstream.getresponse()
                answer = response.read()
                headers = response.getheaders()
                with lock:
                    calls.append(Call(self.command, self.path, {n.lower(): v for n, v in self.headers.items()}, body,
                                      response.status, {n.lower(): v for n, v in headers}, answer))
                self.send_response_only(response.status)
                for name, value in headers:
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                if self.command != "HEAD" and response.status != 204:
                    self.send_header("Content-Length", str(len(answer)))
                elif "Content-Length" in dict(headers):
                    self.send_header("Content-Length", dict(headers)["Content-Length"])
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request, address):
                pass  # a client that went away

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
