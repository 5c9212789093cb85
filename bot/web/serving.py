"""The pages beside the daemon: in a thread of the same process, ending with it."""

import logging
import socket
import threading
from typing import Any

import uvicorn

from ..config.settings import WebSettings
from ..errors import ConfigError

log = logging.getLogger("brennpunkt")

STOP_WITHIN_S = 3.0


class Pages:
    """Serves `app`, which may be exchanged while it runs. Raises ConfigError where the address cannot be had."""

    def __init__(self, app: Any, settings: WebSettings) -> None:
        self.app = app
        self._socket = _listen(settings)
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
                timeout_keep_alive=5,
                timeout_graceful_shutdown=1,  # a desk that listens for news does not hold us
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="pages", daemon=True
        )

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def start(self) -> None:
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


def _listen(settings: WebSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise ConfigError(
            f"web: {settings.host}:{settings.port} cannot be listened on ({error.strerror}); set another web.port"
        ) from error
