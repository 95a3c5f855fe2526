"""The small report committed under reports/sample/: `python tests/comparisons/sample_report.py` writes it again."""

from pathlib import Path

from gradref.running import SuiteRun, plan, run_suite
from gradref.suite import standard_suite

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"
CASES = ("golden-g1", "digits-relu-softmax-b10-trained", "ternary-kinks")
SHAPE = ["case", "framework", "mode", "dtype", "equation", "layer", "parameter", "verdict"]


def sample_run() -> SuiteRun:
    """Three cases on every framework in float64 and float32, without torch.compile."""
    suite = [c for c in standard_suite(seed=0) if c.name in CASES]
    jobs = plan(suite, dtypes=["float64", "float32"])
    return run_suite([job for job in jobs if job.case.mode != "compile"], seed=0)


if __name__ == "__main__":
    from gradref.reporting import write_run

    write_run(sample_run(), SAMPLE, command="make sample")
    for name in ("results.parquet", "maps.npz"):
        (SAMPLE / name).unlink()
