"""APScheduler, with what it gets wrong set right."""

from contextlib import suppress
from datetime import datetime

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


def move(scheduler: BackgroundScheduler, name: str, at: datetime, *, only_sooner: bool = False) -> None:
    """Give a job another next turn. No matter where there is no such job, or the scheduler has stopped in the meantime."""
    job = scheduler.get_job(name)
    if job and not (only_sooner and job.next_run_time and job.next_run_time <= at):
        with suppress(JobLookupError):
            job.modify(next_run_time=at)
