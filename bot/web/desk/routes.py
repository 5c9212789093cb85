"""Every page of the desk and the right it needs. What is not in this table does not exist."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from ...escalate.roles import Right
from . import (
    account,
    alerts,
    answers,
    bulletins,
    cases,
    guest,
    live,
    places,
    posts,
    replies,
    reports,
    review,
    sending,
    shift,
    state,
    today,
)  # fmt: skip


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
    Route("POST", "/replies/stop", sending.stop, Right.ACKNOWLEDGE),
    Route("POST", "/replies/resume", sending.resume, Right.ANSWER),
    Route("POST", "/replies/{number}", replies.change, Right.ANSWER),
    Route("GET", "/answers", answers.show, Right.ANSWER),
    Route("POST", "/answers/{number}", answers.close, Right.ANSWER),
    Route("GET", "/map", places.show_map, Right.SEE_AGGREGATES),
    Route("GET", "/place", places.show_place, Right.SEE_AGGREGATES),
    Route("GET", "/cases", cases.show, Right.SEE_CASES),
    Route("GET", "/cases/{number}", cases.show_one, Right.SEE_CASES),
    Route("POST", "/cases/{number}", cases.change, Right.SEE_CASES),
    Route("POST", "/cases/{number}/merge", cases.unite, Right.WORK_CASES),
    Route("POST", "/cases/{number}/split", cases.divide, Right.WORK_CASES),
    Route("GET", "/netzbericht", bulletins.show, Right.SEE_CASES),
    Route("GET", "/netzbericht/{number}", bulletins.show, Right.SEE_CASES),
    Route("POST", "/netzbericht", bulletins.change, Right.APPROVE_BULLETIN),
    Route("GET", "/reports", reports.show, Right.SEE_REPORTS),
    Route("POST", "/reports", reports.judge, Right.MODERATE_REPORTS),
    Route("GET", "/alerts", alerts.show, Right.SEE_AGGREGATES),
    Route("POST", "/alerts/{number}", alerts.change, Right.ACKNOWLEDGE),
    Route("GET", "/storm", alerts.show_storm, Right.SEE_AGGREGATES),
    Route("GET", "/shift", shift.show, Right.ACKNOWLEDGE),
    Route("POST", "/shift", shift.add, Right.ACKNOWLEDGE),
    Route("GET", "/sources", state.show_sources, Right.SEE_HEALTH),
    Route("GET", "/rules", state.show_rules, Right.SEE_POSTS),
    Route("GET", "/audit", state.show_audit, Right.SEE_AUDIT),
    Route("GET", "/settings", state.show_settings, Right.SEE_SETTINGS),
    Route("GET", "/users", state.show_users, Right.MANAGE_USERS),
    Route("POST", "/users", state.sign_out_user, Right.MANAGE_USERS),
    Route("GET", "/account", account.show, Right.SEE_AGGREGATES),
    Route("POST", "/account", account.change, Right.SEE_AGGREGATES),
    Route("POST", "/account/password", account.change_password, Right.SEE_AGGREGATES),
    Route("POST", "/logout", account.log_out, Right.SEE_AGGREGATES),
)
