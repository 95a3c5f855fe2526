"""How many inputs the fuzzers try: few in CI, always the same ones; many at night, always new ones."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fuzz", max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile("nightly", max_examples=1500, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


def pytest_configure(config):
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("fuzz")
