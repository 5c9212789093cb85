"""What can go wrong, as a tree. The message is one line for the admin and says what to do.

BotError
├── ConfigError              a config or rule file; the program does not start
│   └── RuleError            one rule in config/rules/*.toml
├── InputError               a file that was handed in (archive, gazetteer, plan)
│   └── GazetteerError       a file of place names; names file and line
├── SourceError              a platform did not answer as it should; passes by itself or says how it would
│   ├── RateLimited          not before `retry_at`
│   ├── LoginFailed          the token is wrong or was withdrawn: nothing helps but a new one
│   ├── TimelineClosed       the platform shows this timeline to nobody (without login)
│   ├── ReplyRefused         a reply was certainly not posted, and never will be
│   │   └── ReplyForbidden   since the platform's rules forbid it: too many of these, and the account is at risk
│   └── ReplyUnsure          nobody can say whether it was posted: look before anything else
├── StoreError               the database
│   ├── DatabaseTooNew       written by a later version of the program
│   └── DatabaseBusy         another daemon holds it; exit status 75
└── NotifyError              a digest or alert was certainly not delivered; later it may be
    ├── NotifyRefused        and never will be: wrong address, wrong password, mailbox unknown
    └── NotifyUnsure         nobody can say whether it was: the answer got lost
"""

from datetime import datetime


class BotError(Exception):
    """An error written for the admin. Anything else that is raised is a bug and keeps its traceback."""

    exit_status = 1


class ConfigError(BotError):
    pass


class RuleError(ConfigError):
    pass


class InputError(BotError):
    pass


class GazetteerError(InputError):
    pass


class SourceError(BotError):
    pass


class RateLimited(SourceError):
    def __init__(self, message: str, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at  # aware UTC; None: the platform did not say


class LoginFailed(SourceError):
    pass


class TimelineClosed(SourceError):
    pass


class ReplyRefused(SourceError):
    pass


class ReplyForbidden(ReplyRefused):
    pass


class ReplyUnsure(SourceError):
    pass


class StoreError(BotError):
    pass


class DatabaseTooNew(StoreError):
    pass


class DatabaseBusy(StoreError):
    exit_status = 75  # EX_TEMPFAIL of sysexits.h


class NotifyError(BotError):
    pass


class NotifyRefused(NotifyError):
    pass


class NotifyUnsure(NotifyError):
    pass
