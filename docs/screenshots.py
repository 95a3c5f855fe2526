"""Makes docs/images anew: `python docs/screenshots.py [RUN_DIR]`.

Two real runs are pictured: the one in RUN_DIR (reports/latest), and a run of six cases in which PyTorch was broken on purpose: no 1/m
under `eager`, matrix products with 10-bit mantissas (as TF32 has them) under `func`, one wrong entry in the deep network.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradref.explain import to_html, walk
from gradref.report import write_report
from gradref.results import Record
from gradref.suite import standard_suite
from gradref.suite.plan import plan
from gradref.suite.run import run_suite
from gradref_adapters import registry
from gradref_reference import Batch, Case, Network, Parameters, Trace
from gradref_reference.formats import Format, round_to

IMAGES = Path(__file__).with_name("images")
CASES = (
    "golden-g2",
    "digits-sigmoid-quadratic-b10-initial",
    "digits-relu-softmax-b100-trained",
    "deep-ten-layers",
    "square-layers",
    "ternary-kinks",
)
TF32 = Format("tf32", 11, 127)
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip


class BrokenTorch:
    """PyTorch's adapter with three mistakes, each a kind that people really make."""

    def __init__(self, adapter: Any):
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    def run(self, case: Case) -> Trace:
        trace = self._adapter.run(case)
        if case.mode == "eager" and case.name.startswith("digits"):
            m = len(case.batch)  # the 1/m of the cost forgotten: every error and gradient is m times too large
            larger = {name: {l: m * v for l, v in getattr(trace, name).items()} for name in ("delta", "dW", "db")}
            return replace(trace, **larger)
        if case.mode == "func" and case.dtype == "float32" and case.name.startswith("digits"):
            narrow = {l: round_to(trace.delta[l], TF32).T @ round_to(trace.a[l - 1], TF32) for l in trace.dW}
            return replace(trace, dW=narrow)
        if case.mode == "eager" and case.name == "deep-ten-layers":
            dW = {l: v.copy() for l, v in trace.dW.items()}
            dW[4][2, 5] *= 1.01
            return replace(trace, dW=dW)
        return trace


def broken_run(folder: Path) -> Path:
    """The page of a run in which PyTorch is broken."""
    sound = registry.get
    registry.get = lambda name: BrokenTorch(sound(name)) if name == "torch" else sound(name)  # this process only
    try:
        suite = [case for case in standard_suite(0) if case.name in CASES]
        run = run_suite(plan(suite, modes=["reference", "eager", "func", "grad"]))
    finally:
        registry.get = sound
    return write_report(Record.of(run, "python docs/screenshots.py"), folder)


def explained(folder: Path) -> Path:
    """The page of the lecture's example G1."""
    numbers = Parameters([[[1, -1], [0, 2], [-2, 1]], [[1, 0, -1], [2, -1, 1]]], [[2, -2, 3], [5, -3]])
    path = folder / "explained.html"
    path.write_text(to_html(walk(Network((2, 3, 2), "square"), numbers, Batch([[1, 2]], [[8, 18]]))), encoding="utf-8")
    return path


def picture(
    browser: Any,
    page: Path,
    name: str,
    anchor: str = "",
    scheme: str = "light",
    height: int = 860,
    width: int = 1280,
    top: str = "",
) -> None:
    """One picture of the window, scrolled to the element `top`."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
    view = context.new_page()
    view.goto(page.resolve().as_uri() + anchor)
    view.wait_for_selector("html[data-ready]", state="attached")
    if top:
        view.locator(top).first.evaluate("e => e.scrollIntoView({block: 'start'})")
    view.wait_for_timeout(1500)
    view.screenshot(path=IMAGES / f"{name}.png")
    context.close()


def main(run_dir: Path) -> None:
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        report, broken, steps = run_dir / "index.html", broken_run(Path(scratch) / "broken"), explained(Path(scratch))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        picture(browser, report, "report")
        picture(browser, report, "report-dark", scheme="dark")
        picture(browser, report, "errors", top="#charts", height=900)
        picture(browser, broken, "disagreement", height=940)
        picture(browser, broken, "card", top="#disagreements")
        picture(browser, broken, "maps", anchor="#case=deep-ten-layers&run=torch/eager/float32")
        picture(browser, broken, "phone", width=390, height=844)
        picture(browser, steps, "explain", height=1000)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("reports/latest"))
