"""How heated it is, 0 to 6, after the shitstorm scale of Graf and Schwede (2012): the weather report of social media.

Their scale, shortened: 0 calm, no critical feedback · 1 breath of air, single critics without echo · 2 breeze, repeated
criticism, little echo · 3 wind, continuing criticism, first replies on other channels · 4 strong wind, a net of protest,
many followers take part, on several channels; the trade press notices · 5 storm, a wave on all channels, the press
reports · 6 hurricane, everybody, aggressive and insulting, the press all over.
"""

from dataclasses import dataclass

SOME, MANY = 2.0, 4.0  # times the usual
FLOOD = 10.0
ANGRY = 0.25  # share of complaints that insult or threaten to leave
CRITICAL = 0.5  # share of those who speak of us at all
FEW = 10  # people a day: fewer are no weather


@dataclass(frozen=True, slots=True)
class Weather:
    """One day's figures."""

    people: int  # who complained: capacity, outages and other network trouble
    usual: float | None  # on a day of late; None: nothing to compare with
    voices: int  # who spoke of us at all
    channels: int  # sources on which complaints rose
    listening: int  # sources heard at all
    press: int  # posts of the press about us
    annoyed: int  # posts with tone −1 or lower
    angry: int  # posts with tone −2: insults, threats to leave
    posts: int  # complaints that these two are of


@dataclass(frozen=True, slots=True)
class Reason:
    """A line of the explanation: a key of config/texts/, its figures, and how many steps it adds."""

    key: str  # volume, channels, press, critics, anger
    points: int
    figure: float
    beside: float | None = None  # what the figure is seen against


@dataclass(frozen=True, slots=True)
class Storm:
    level: int  # 0 calm … 6 hurricane
    reasons: tuple[Reason, ...]


def storm_level(day: Weather) -> Storm:
    """Volume makes up to three steps, channels, press and tone one each; no more than one beyond what volume allows."""
    if not day.people:
        return Storm(0, (Reason("volume", 0, 0, day.usual),))
    rise = day.people / max(day.usual, 1.0) if day.usual is not None else 1.0
    volume = (
        1
        + (rise >= SOME and day.people >= FEW)
        + (rise >= MANY and day.people >= FEW)
        + (rise >= FLOOD and day.people >= 10 * FEW)
    )
    critics = day.people / max(day.voices, day.people)
    anger = day.angry / day.posts if day.posts else 0.0
    several = day.channels >= 2
    reasons = (
        Reason("volume", volume, day.people, day.usual),
        Reason("channels", int(several), day.channels, day.listening),
        Reason("press", int(day.press > 0), day.press),
        Reason("critics", 0, critics),
        Reason("anger", int(anger >= ANGRY and day.posts >= FEW), anger, day.annoyed / day.posts if day.posts else 0.0),
    )
    level = sum(reason.points for reason in reasons)
    if volume == 1:  # as many as usual: whatever the tone, that is a breath of air or a breeze
        level = min(level, 2 if day.press or anger >= ANGRY else 1)
    elif critics < CRITICAL / 2:  # most people speak of other things
        level = min(level, volume + 1)
    return Storm(min(level, 6), reasons)
