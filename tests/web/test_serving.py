"""The port that pages are served on."""

import socket

import pytest

from bot.config.settings import WebSettings
from bot.errors import ConfigError
from bot.web.serving import listen


def test_what_we_send_waits_for_no_word_from_the_other_side() -> None:
    with listen(WebSettings(host="127.0.0.1", port=0)) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with (
        listen(WebSettings(host="127.0.0.1", port=0)) as listening,
        pytest.raises(ConfigError, match=r"set another web\.port"),
    ):
        listen(WebSettings(host="127.0.0.1", port=listening.getsockname()[1]))
