"""What every test shares: markers by folder, one BLAS thread, real data where it is at hand."""

import os
from pathlib import Path

# Before NumPy loads: with many BLAS threads small solves run 10 to 80 times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# before JAX loads: the engine needs double precision, also where a test takes a piece of it
os.environ.setdefault("JAX_ENABLE_X64", "1")

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# Compilation makes the first example slow; that is no reason to fail.
settings.register_profile(
    "tractus",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tractus")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marker of its folder: tests/unit/... is `unit`."""
    for item in items:
        parts = item.path.relative_to(TESTS).parts
        if len(parts) > 1:
            item.add_marker(parts[0])


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of example files."""
    return ROOT / "examples"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Scans, models and recordings by others, beside the repository; a test without them skips."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is absent: real scans and recordings are not in the repository")
    return SHARED_DATA


@pytest.fixture(scope="session")
def man():
    """The man whose pressure was recorded over a day, at rising; calculated once."""
    import engine_cases
    from tractus import initial

    return initial.begin(engine_cases.man())


@pytest.fixture(scope="session")
def segment():
    """A swollen healthy L4-L5 segment; calculated once."""
    import engine_cases

    return engine_cases.specimen()


@pytest.fixture(scope="session")
def morning(man):
    """The same man after an hour of standing; calculated once."""
    from tractus import simulation

    steps = simulation.resolve(man.spine.subject, [{"do": "standing", "for": "1 h"}])
    return simulation.follow(man, steps)
