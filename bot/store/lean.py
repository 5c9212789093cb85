"""sqlite-utils without numpy, which it loads wherever it is installed for types that no table of ours holds: 0.1 s and
20 MB of every command."""

import sys

_there = sys.modules.get("numpy")
sys.modules["numpy"] = _there  # type: ignore[assignment]  # None: "not installed"
try:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations
finally:
    if _there is None:
        del sys.modules["numpy"]

__all__ = ["Database", "Migrations"]
