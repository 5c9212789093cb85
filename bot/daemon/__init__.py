"""The running program: which job when, its log, its heartbeat and its figures."""
