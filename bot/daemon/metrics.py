"""What a monitor reads at /metrics, in Prometheus' format. Numbers and names of sources only."""

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary, generate_latest

from .. import store
from ..config.settings import Settings
from ..domain import Tally
from ..watch.silence import State


class Metrics:
    """Counts since the start of the process; gauges are set when somebody asks."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._posts = Counter("brennpunkt_posts", "New posts stored", ["source"], registry=registry)
        self._findings = Counter("brennpunkt_findings", "Of these, network trouble", ["source"], registry=registry)
        self._jobs = Summary("brennpunkt_job_seconds", "How long jobs took", ["job"], registry=registry)
        self._errors = Counter("brennpunkt_job_errors", "Jobs that failed", ["job"], registry=registry)
        self._answered = self._gauge("last_success_timestamp_seconds", "When it last answered, Unix time")
        self._failures = self._gauge("failures", "How often in a row it did not answer")
        self._lag = self._gauge("lag_seconds", "How old its newest post was when it was seen")
        self._fine = self._gauge("up", "1: answers, and brings what it usually does")
        self._queues = Gauge("brennpunkt_queue_length", "What waits, by state", ["queue", "state"], registry=registry)
        self._costs = Gauge(
            "brennpunkt_cost_usd", "Spent since midnight or the first, UTC", ["source", "period"], registry=registry
        )

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(f"brennpunkt_source_{name}", told, ["source"], registry=self.registry)

    def ran(self, job: str, seconds: float, *, failed: bool) -> None:
        self._jobs.labels(job).observe(seconds)
        self._errors.labels(job).inc(failed)

    def collected(self, source: str, tally: Tally) -> None:
        self._posts.labels(source).inc(tally.posts)
        self._findings.labels(source).inc(tally.findings)

    def page(self, db: store.Database, settings: Settings, *, now: datetime) -> bytes:
        expected = {source.name: source.expected_every for source in settings.sources}
        today = now.date()
        for gauge in (self._answered, self._failures, self._lag, self._fine, self._queues, self._costs):
            gauge.clear()  # a source that was taken out of the config is told no more
        for state in store.source_states(db, expected, now=now):
            self._failures.labels(state.source).set(state.failures)
            self._fine.labels(state.source).set(state.state is State.FINE)
            if state.last_success_at:
                self._answered.labels(state.source).set(state.last_success_at.timestamp())
            if state.lag is not None:
                self._lag.labels(state.source).set(state.lag.total_seconds())
        for queue, count in store.queue_lengths(db).items():
            self._queues.labels(*queue).set(count)
        for period, first in (("day", today), ("month", today.replace(day=1))):
            for cost in store.costs_between(db, first, today + timedelta(days=1)):
                self._costs.labels(cost.source, period).set(cost.usd / 1_000_000)
        return generate_latest(self.registry)
