"""The pages beside the daemon: in a thread of the same process, ending with it."""

import logging
import socket
import sys
import threading
from typing import Any

import uvicorn

from ..config.settings import WebSettings
from ..errors import ConfigError

log = logging.getLogger("brennpunkt")

STOP_WITHIN_S = 3.0
# After so long a thread that computes lets another on. With Python's 5 ms a page that asks SQLite 30 times waits up to 30
# times as long beside one that judges: reading 8,000 rows took 110 ms instead of 50, a page of posts up to 57 instead of 2.
SWITCH_S = 0.0005
KEEP_S = 75  # longer than proxies keep a connection (nginx: 60): who closes first may cut off a report on its way


class Pages:
    """Serves `app`, which may be exchanged while it runs. Raises ConfigError where the address cannot be had."""

    def __init__(self, app: Any, settings: WebSettings) -> None:
        self.app = app
        self._socket = listen(settings)
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._answer,
                interface="asgi3",  # of a bound method uvicorn 0.54 guesses wrongly
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # whom to believe is said in web.trusted_proxies
                lifespan="off",
                timeout_keep_alive=KEEP_S,
                timeout_graceful_shutdown=1,  # a desk that listens for news does not hold us
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="pages", daemon=True
        )

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def start(self) -> None:
        sys.setswitchinterval(SWITCH_S)
        self._thread.start()

    def run(self) -> None:
        """Serve in this thread, until `end` is called."""
        self.start()
        self._thread.join()
        self._socket.close()

    def end(self) -> None:
        self._server.should_exit = True

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """A browser that holds its connection open does not hold us."""
        self.end()
        self._thread.join(STOP_WITHIN_S)
        self._socket.close()


def listen(settings: WebSettings) -> socket.socket:
    """What connections are accepted from. Raises ConfigError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listening = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise ConfigError(
            f"web: {settings.host}:{settings.port} cannot be listened on ({error.strerror}); set another web.port"
        ) from error
    # Connections inherit it. asyncio sets it only on sockets made with a protocol's number (base_events._set_nodelay), and
    # without it the body waits for the other side's word on the head: 48 ms for each answer on a kept connection.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
