"""What stands above every page, and below it: name of the text, path, right."""

from ...escalate.roles import Right

MENU = (
    ("today", "", Right.SEE_AGGREGATES),
    ("map", "/map", Right.SEE_AGGREGATES),
    ("posts", "/posts", Right.SEE_POSTS),
    ("review", "/review", Right.LABEL_POSTS),
    ("replies", "/replies", Right.ANSWER),
    ("cases", "/cases", Right.SEE_CASES),
    ("reports", "/reports", Right.SEE_REPORTS),
    ("alerts", "/alerts", Right.SEE_AGGREGATES),
    ("storm", "/storm", Right.SEE_AGGREGATES),
    ("shift", "/shift", Right.ACKNOWLEDGE),
)
MORE = (
    ("bulletins", "/netzbericht", Right.SEE_CASES),
    ("sources", "/sources", Right.SEE_HEALTH),
    ("rules", "/rules", Right.SEE_POSTS),
    ("audit", "/audit", Right.SEE_AUDIT),
    ("settings", "/settings", Right.SEE_SETTINGS),
    ("users", "/users", Right.MANAGE_USERS),
    ("account", "/account", Right.SEE_AGGREGATES),
)
