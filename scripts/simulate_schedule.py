"""What stragglers and failures cost an archive: a simulation of the schedule, for docs/scale.md.

    .venv/bin/python scripts/simulate_schedule.py

Pieces are handed to whoever is free, WINDOW at a time, as bot/jobs/backfill.py does. A worker dies now and then and comes back; the
piece it held begins anew elsewhere. A slow worker is slow all day.
"""

import heapq
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Day:
    pieces: int = 10_000
    workers: int = 64
    seconds: float = 4.0  # a piece: 20,000 posts at 5,000 a second
    slow: float = 0.05  # share of workers at a third of the speed
    deaths_an_hour: float = 0.0  # of each worker
    away_s: float = 60.0


def last_piece(day: Day, seed: int) -> tuple[float, int]:
    """Seconds until all is done, and how many pieces were begun in vain."""
    rng = random.Random(seed)
    pace = [3.0 if rng.random() < day.slow else 1.0 for _ in range(day.workers)]
    free = [(0.0, worker) for worker in range(day.workers)]
    left, vain, end = day.pieces, 0, 0.0
    while left:
        now, worker = heapq.heappop(free)
        takes = day.seconds * pace[worker] * rng.lognormvariate(0, 0.2)
        death = rng.expovariate(day.deaths_an_hour / 3600) if day.deaths_an_hour else float("inf")
        if death < takes:
            vain += 1
            heapq.heappush(free, (now + death + day.away_s, worker))
            continue
        left -= 1
        end = max(end, now + takes)
        heapq.heappush(free, (now + takes, worker))
    return end, vain


def main() -> None:
    print(f"{'':<44} {'hours':>6} {'ideal':>6} {'lost':>6} {'in vain':>8}")
    for what, day in {
        "nothing goes wrong": Day(slow=0.0),
        "5 % of the workers at a third of the speed": Day(),
        "and each worker dies every five hours": Day(deaths_an_hour=0.2),
        "and each worker dies twelve times an hour": Day(deaths_an_hour=12.0),
        "pieces ten times as large, dying likewise": Day(pieces=1_000, seconds=40.0, deaths_an_hour=12.0),
        "two workers, as on one small machine": Day(workers=2, slow=0.0),
    }.items():
        runs = [last_piece(day, seed) for seed in range(20)]
        took = sum(end for end, _ in runs) / len(runs)
        vain = sum(count for _, count in runs) / len(runs)
        slow = day.slow
        ideal = day.pieces * day.seconds / (day.workers * ((1 - slow) + slow / 3))
        print(f"{what:<44} {took / 3600:>6.2f} {ideal / 3600:>6.2f} {took / ideal - 1:>6.0%} {vain:>8.0f}")


if __name__ == "__main__":
    main()
