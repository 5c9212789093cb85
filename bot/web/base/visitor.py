"""Who asks: the address behind trusted proxies, whether it came from outside, in which language. Nothing here is stored."""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

Networks = Iterable[IPv4Network | IPv6Network]
LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1"))
EVERYWHERE = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
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
    """Did a proxy pass it on, or a strange page? Then it comes from anybody, and gets public pages only."""
    headers, client = Headers(scope=scope), (scope.get("client") or ("",))[0]
    return (
        any(name in headers for name in FORWARDED)
        or _is_within(client, trusted)
        or (_is_within(client, LOOPBACK) and _is_domain(headers.get("host", "")))
    )


def language_of(request: Request, spoken: Collection[str], default: str) -> str:
    """As the address says, else the first that the browser asks for, else `default`."""
    accepted = request.headers.get("accept-language", "").split(",")[:20]
    asked = [request.query_params.get("lang", ""), *(part.split(";")[0].strip()[:2].lower() for part in accepted)]
    return next((lang for lang in asked if lang in spoken), default)


def _is_domain(host: str) -> bool:
    """Who asks from this machine calls it localhost or by its address. A domain may be one that somebody pointed here, so
    that a page in a browser on this machine can read us (DNS rebinding)."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    return "." in name and not _is_within(name.strip("[]"), EVERYWHERE)


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
