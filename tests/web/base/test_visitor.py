from ipaddress import ip_network
from typing import Any

import pytest

from bot.web.base.visitor import address_of, is_outside

PROXY = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))


def scope(client: str, **headers: str) -> dict[str, Any]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": (client, 1), "headers": raw}


@pytest.mark.parametrize(
    ("client", "forwarded", "who"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.1.1.1", "203.0.113.7"),  # the first was written by the visitor
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # nobody we trust says so
        ("127.0.0.1", "not an address", "127.0.0.1"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_who_asks_is_the_nearest_address_that_is_no_proxy_of_ours(client: str, forwarded: str, who: str) -> None:
    assert address_of(scope(client, x_forwarded_for=forwarded), PROXY) == who


def test_what_a_proxy_passed_on_comes_from_outside_even_if_nobody_told_us_of_the_proxy() -> None:
    assert is_outside(scope("10.0.0.2"), PROXY)
    assert is_outside(scope("192.0.2.1", x_forwarded_for="203.0.113.7"), ())
    assert not is_outside(scope("127.0.0.1"), ())


@pytest.mark.parametrize("host", ["127.0.0.1:8611", "localhost", "localhost:8611", "[::1]:8611", "desk", ""])
def test_who_sits_at_this_machine_is_inside(host: str) -> None:
    assert not is_outside(scope("127.0.0.1", host=host), ())


def test_a_page_whose_domain_was_pointed_at_this_machine_is_outside() -> None:
    assert is_outside(scope("127.0.0.1", host="rebound.example:8611"), ())
    assert is_outside(scope("::1", host="rebound.example"), ())
    assert not is_outside(scope("10.0.0.7", host="desk.carrier.example"), ())
