from bot.collect.budget import Budget


def test_a_host_is_asked_so_often_in_a_window_and_then_says_how_long_to_wait() -> None:
    now = [1000.0]
    budget = Budget(requests=3, within_s=300, clock=lambda: now[0])
    for at in (1000.0, 1100.0, 1200.0):
        now[0] = at
        assert budget.spend("a") == 0
    assert budget.spend("a") == 100
    assert budget.spend("b") == 0  # another host has its own
    now[0] = 1301.0
    assert budget.spend("a") == 0
    assert budget.spend("a") == 99


def test_a_pause_holds_until_its_end_and_a_shorter_one_does_not_end_it() -> None:
    now = [0.0]
    budget = Budget(clock=lambda: now[0])
    budget.close("a", 60)
    budget.close("a", 5)
    assert budget.spend("a") == 60
    now[0] = 60.0
    assert budget.spend("a") == 0
