"""The table of docs/performance.md says of each figure what it is, what it should be, and whether it is."""

import json

from tests.bench.figures import Failed, Figure, as_json
from tests.bench.markdown import markdown, number, this_machine


def test_a_missed_goal_is_seen_and_peers_stand_beside() -> None:
    figures: list[Figure | Failed] = [
        Figure(name="fanout_cpu_ratio", value=1.29, unit="of C", goal=1.2, peers={"FastAPI manager": 2.4}),
        Figure(name="small_files_per_s", value=1058.2, unit="files/s", goal=300, at_least=True),
        Figure(name="fanout_frame_us", value=8.16, unit="µs"),
        Failed(name="nodes", reason="Failed: PostgreSQL is not installed here."),
    ]
    shown = markdown(json.loads(as_json(figures)), "a machine").splitlines()
    assert shown[0] == "a machine"
    assert shown[4:] == [
        "| `fanout_cpu_ratio` | 1.29 of C | 1.20 | **missed** | FastAPI manager 2.40 |",
        "| `small_files_per_s` | 1,058 files/s | 300 | met |  |",
        "| `fanout_frame_us` | 8.16 µs |  |  |  |",
        "| `nodes` | failed: Failed: PostgreSQL is not installed here. |  |  |  |",
    ]


def test_a_number_has_the_digits_that_say_something() -> None:
    assert [number(each) for each in (0.084, 14.57, 942.14, 13634.7, 30)] == ["0.08", "14.6", "942", "13,635", "30"]


def test_the_machine_is_described() -> None:
    assert "processors" in this_machine()
    assert "Python 3." in this_machine()
