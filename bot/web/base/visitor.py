"""Who asks: the address behind trusted proxies, and whether the request came from outside. Nothing here is stored."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

Networks = Iterable[IPv4Network | IPv6Network]
FORWARDED = ("x-forwarded-for", "forwarded", "via", "x-real-ip")


def address_of(scope: Scope, trusted: Networks) -> str:
    """The nearest address that is not one of our own proxies. What stands further left anybody can have written.

    An IPv6 address stands for its /64: a household has one, and changes within it at will.
    """
    hops = [part.strip() for line in Headers(scope=scope).getlist("x-forwarded-for") for part in line.split(",")]
    client = (scope.get("client") or ("",))[0]
    nearest = client
    for hop in reversed([*hops, client]):
        nearest = hop
        if not _is_within(hop, trusted):
            break
    return _household(nearest) or _household(client)


def is_outside(scope: Scope, trusted: Networks) -> bool:
    """Did a proxy pass it on? Then it comes from anybody, and gets public pages only."""
    headers = Headers(scope=scope)
    return any(name in headers for name in FORWARDED) or _is_within((scope.get("client") or ("",))[0], trusted)


def _is_within(address: str, networks: Networks) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks if network.version == parsed.version)


def _household(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((parsed, 64), strict=False))
    return str(parsed)
