"""Every page of the desk and the right it needs. What is not in this table does not exist."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from ...escalate.roles import Right
from . import account, guest, live, posts, replies, review, today


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str  # behind /desk
    answer: Callable[[Any], Response]  # of a Call, or of a Guest where no right is needed
    right: Right | None = None  # None: for guests


GUESTS = (
    Route("GET", "/login", guest.show_login),
    Route("POST", "/login", guest.log_in),
)
TABLE = (
    Route("GET", "", today.show, Right.SEE_AGGREGATES),
    Route("GET", "/live", live.stream, Right.SEE_AGGREGATES),
    Route("GET", "/posts", posts.show, Right.SEE_POSTS),
    Route("GET", "/posts/{number}", posts.show_one, Right.SEE_POSTS),
    Route("POST", "/posts/{number}/label", posts.label, Right.LABEL_POSTS),
    Route("POST", "/posts/{number}/unlabel", posts.unlabel, Right.LABEL_POSTS),
    Route("GET", "/review", review.show, Right.LABEL_POSTS),
    Route("GET", "/replies", replies.show, Right.ANSWER),
    Route("POST", "/replies/length", replies.length, Right.ANSWER),
    Route("POST", "/replies/batch", replies.batch, Right.ANSWER),
    Route("POST", "/replies/{number}", replies.change, Right.ANSWER),
    Route("GET", "/account", account.show, Right.SEE_AGGREGATES),
    Route("POST", "/account", account.change, Right.SEE_AGGREGATES),
    Route("POST", "/account/password", account.change_password, Right.SEE_AGGREGATES),
    Route("POST", "/logout", account.log_out, Right.SEE_AGGREGATES),
)
# What stands above every page, and below it: name of the text, path, right.
MENU = (
    ("today", "", Right.SEE_AGGREGATES),
    ("posts", "/posts", Right.SEE_POSTS),
    ("review", "/review", Right.LABEL_POSTS),
    ("replies", "/replies", Right.ANSWER),
)
MORE = (("account", "/account", Right.SEE_AGGREGATES),)
