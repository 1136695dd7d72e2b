"""A site of a few pages that behaves as a test wants, on a port of this machine alone."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Self, TypeAlias

Page: TypeAlias = Callable[[BaseHTTPRequestHandler], None]
WAIT_SECONDS = 20.0


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A browser that does not wait for its answer is no error."""


class Site:
    """`pages` by path, written when they are asked for; `asked` is every request, as « GET /path »."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        self.go_on = Event()
        self.server = Server((address, 0), self.handler())
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def url(self, path: str) -> str:
        host, port = self.server.server_address[:2]
        return f"http://{host!s}:{port}{path}"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                path = self.path.partition("?")[0]
                site.asked.append(f"{self.command} {path}")
                site.pages.get(path, html("", 404))(self)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def waits(self, then: Page) -> Page:
        """Answers when the test says `go_on`."""

        def page(request: BaseHTTPRequestHandler) -> None:
            self.go_on.wait(WAIT_SECONDS)
            then(request)

        return page

    def rests(self, data: bytes) -> Page:
        """A file of which half comes, and the rest when the test says `go_on`."""

        def page(request: BaseHTTPRequestHandler) -> None:
            half = len(data) // 2
            file(data, sent=half)(request)
            self.go_on.wait(WAIT_SECONDS)
            request.wfile.write(data[half:])

        return page

    def stands_still(self, data: bytes) -> Page:
        """A file of which half comes, and nothing more until the test says `go_on`."""

        def page(request: BaseHTTPRequestHandler) -> None:
            file(data, sent=len(data) // 2)(request)
            self.go_on.wait(WAIT_SECONDS)
            request.close_connection = True

        return page


def html(body: str, status: int = 200) -> Page:
    def page(request: BaseHTTPRequestHandler) -> None:
        written = f"<!doctype html><html><head><title>-</title></head>{body}</html>".encode()
        request.send_response(status)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", str(len(written)))
        request.end_headers()
        request.wfile.write(written)

    return page


def file(
    data: bytes, *, disposition: str = "attachment", kind: str = "application/pdf", sent: int | None = None
) -> Page:
    """`sent`: so many of its bytes, after which the connection ends."""

    def page(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Disposition", f'{disposition}; filename="document.pdf"')
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data[:sent])
        request.wfile.flush()
        request.close_connection = sent is not None or request.close_connection

    return page


def moved(address: str) -> Page:
    def page(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", address)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return page


def breaks_off(request: BaseHTTPRequestHandler) -> None:
    """Not one byte of an answer."""
    request.close_connection = True
