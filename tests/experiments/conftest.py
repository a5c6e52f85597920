from pathlib import Path

import pytest

from locality.verify.experiments.study import Study

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """A quick run takes seconds, so a test that needs one is slow."""
    for item in items:
        if HERE in item.path.parents and {"record", "quick"} & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def doubling():
    """A study of two parts that counts how often it computes; more than `limit` is a fault."""
    calls = []

    def part(number):
        def computed(folder):
            calls.append(number)
            (folder / "checkpoint").write_text("half way")
            return {"doubled": 2 * number}

        return computed

    def study(limit=10, stop_at=None):
        def parts(quick):
            found = {str(n): part(n) for n in ((1, 2) if quick else (1, 2, 3))}
            if stop_at is not None:
                found[str(stop_at)] = interrupted
            return found

        return Study(
            name="doubling",
            title="Doubling",
            theorems=("leakage",),
            inequality=f"no number doubled exceeds {limit}",
            parts=parts,
            summary=lambda found: {"largest": max(d["doubled"] for d in found.values())},
            faults=lambda s: [] if s["largest"] <= limit else [f"{s['largest']} exceeds {limit}"],
            inputs=lambda: {"numbers": b"1 2 3"},
        )

    def interrupted(folder):
        raise KeyboardInterrupt

    study.calls = calls
    return study
