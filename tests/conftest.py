"""For every test: one worker's share of the cores, compiled JAX programs kept between runs, and what belongs to the night."""

import os

from hypothesis import HealthCheck, settings

_WORKER, _WORKERS = os.environ.get("PYTEST_XDIST_WORKER"), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if _WORKERS > 1:  # before NumPy and PyTorch are imported, which read it then: workers must not fight for the same cores
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // _WORKERS)))

from gradref.commands.shared import keep_compiled  # noqa: E402

keep_compiled()
if _WORKER and not os.environ["JAX_COMPILATION_CACHE_DIR"].endswith(_WORKER):  # JAX does not lock it: one worker, one folder
    os.environ["JAX_COMPILATION_CACHE_DIR"] += f"-{_WORKER}"

settings.register_profile("nightly", deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))  # new inputs


def pytest_addoption(parser):
    parser.addoption("--nightly", action="store_true", help="run the tests marked nightly too")


def pytest_collection_modifyitems(config, items):
    """Tests marked nightly run when they are asked for: by --nightly, or by -m nightly."""
    if config.getoption("--nightly") or "nightly" in config.getoption("-m"):
        return
    kept = [item for item in items if item.get_closest_marker("nightly") is None]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
