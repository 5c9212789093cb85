"""APScheduler, with what it gets wrong set right."""

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler


class Scheduler(BackgroundScheduler):
    def _process_jobs(self) -> float | None:
        """APScheduler 3.11.3 does not find its own jobs when it is shut down in this moment, and dies with a traceback."""
        try:
            seconds: float | None = super()._process_jobs()  # type: ignore[no-untyped-call]  # the library has no types
        except JobLookupError:
            if self.running:
                raise
            return None
        return seconds
