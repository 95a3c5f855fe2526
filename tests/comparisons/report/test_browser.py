"""The pages in a real browser: Debian's Chromium, driven by Playwright. Without one of them these tests skip and say so.

Pictures for people to look at are taken by docs/screenshots.py.
"""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from support.example_run import example

from gradref.explain import to_html, walk
from gradref.report import write_report
from gradref_reference import Batch, Network, Parameters, initialize

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CASE = "deep-tanh"


@pytest.fixture(scope="session")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
    path = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The files under test, by name."""
    folder = tmp_path_factory.mktemp("pages")
    found = {name: write_report(example(broken=name == "broken"), folder / name) for name in ("agree", "broken")}
    W = {1: np.array([[1.0, -1], [0, 2], [-2, 1]]), 2: np.array([[1.0, 0, -1], [2, -1, 1]])}
    golden = Parameters(W, {1: np.array([2.0, -2, 3]), 2: np.array([5.0, -3])})  # G1 of the lecture
    small = walk(Network((2, 3, 2), "square"), golden, Batch([[1.0, 2.0]], [[8.0, 18.0]]), frameworks=False)
    rng, network = np.random.default_rng(0), Network((40, 20, 10), ("relu", "softmax"), "cross_entropy")
    large = walk(network, initialize(network, rng), Batch(rng.standard_normal((6, 40)), rng.integers(0, 10, 6)), frameworks=False)
    for name, steps in (("small", small), ("large", large)):
        found[name] = folder / f"{name}.html"
        found[name].write_text(to_html(steps), encoding="utf-8")
    return found


@pytest.fixture
def visit(chromium, pages):
    """Open a page; at the end nothing may have been complained about in the console or asked of the network."""
    opened = []

    def open_page(name, anchor="", width=1280, height=860, quiet=True, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **options)
        context.set_default_timeout(8000)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.on(
            "request",
            lambda r: complaints.append(f"request {r.url}") if not r.url.startswith(("file:", "data:", "blob:")) else None,
        )
        path = pages[name] if name in pages else Path(name)
        page.goto(path.as_uri() + anchor)
        if options.get("java_script_enabled", True) and quiet:
            page.wait_for_selector("html[data-ready]", state="attached")
        opened.append((context, complaints if quiet else []))
        page.complaints = complaints  # type: ignore[attr-defined]
        return page

    yield open_page
    for context, _ in opened:
        context.close()
    assert [c for _, complaints in opened for c in complaints] == []


def in_view(page, selector: str) -> bool:
    """True when the element lies inside the window."""
    return page.locator(selector).first.evaluate(
        "e => { const b = e.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight && b.left >= 0 && b.right <= innerWidth }"
    )


# --- the first screen ----------------------------------------------------------------------------------------------


def test_report_opens_within_three_seconds(visit):
    def seconds() -> float:
        start = time.perf_counter()
        visit("broken").wait_for_selector("#detail-body canvas")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(2)) < 3  # the better of two: other work on the machine is not the page's


@pytest.mark.parametrize(("name", "words", "sign"), [("agree", "All agree", "✓"), ("broken", "PyTorch disagrees", "✗")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_first_screen_answers(visit, name, words, sign, scheme):
    page = visit(name, color_scheme=scheme)
    assert page.inner_text("h1") == words
    assert page.inner_text(".answer .sign") == sign
    assert in_view(page, ".answer")
    assert in_view(page, "#matrix tbody tr:last-child th")
    if name == "broken":
        assert in_view(page, ".cell.fail")
        assert page.locator("#matrix tbody tr:first-child .cell.fail").count() == 4  # disagreements come first


def test_first_screen_works_without_scripts(visit):
    page = visit("broken", java_script_enabled=False)
    assert page.inner_text("h1") == "PyTorch disagrees"
    page.click(".cell.fail >> nth=0")
    assert in_view(page, ".card >> nth=0 >> summary")


# --- two clicks to the reason --------------------------------------------------------------------------------------


def test_red_cell_opens_its_card_and_the_card_its_maps(visit):
    page = visit("broken")
    page.click(f'tr[data-case="{CASE}"] .cell.fail')
    card = page.locator(".card.shown")
    assert card.get_attribute("open") is not None
    assert "BP4 in layer 3" in card.locator("summary").inner_text()
    assert "one entry of 64 is off, by 41 times what rounding allows" in card.inner_text()
    assert "gradref report --case" in card.locator("pre").inner_text()
    assert card.locator("summary").evaluate("e => e === document.activeElement")
    assert in_view(page, ".card.shown summary")
    card.get_by_text("Heat maps, float32").click()
    page.wait_for_selector("#detail-name >> text=PyTorch eager float32")
    canvas = page.locator("#detail-body canvas[aria-label*='∂C/∂W[3]']")
    red = canvas.evaluate(
        "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;"
        " for (let i = 0; i < d.length; i += 4) n += d[i] > d[i + 2] + 60; return n }"
    )
    assert red == 1  # the one entry that is off, and no other


def test_culprit_link_leads_to_its_card(visit):
    page = visit("broken")
    page.click(".culprits a >> nth=1")
    assert CASE in page.locator(".card.shown summary").inner_text()


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        ("#case=kinks&framework=jax&mode=jit&dtype=float16", "kinks: JAX jit float16"),
        ("#case=golden%20G1%20%3Cb%3E%26", "golden G1 <b>&"),
    ],
)
def test_deep_link_opens_a_run(visit, anchor, expected):
    page = visit("agree", anchor)
    page.wait_for_selector("#detail-name")
    assert page.inner_text("#detail-name").startswith(expected)
    assert in_view(page, "#detail-name")
    assert page.locator("#detail-body canvas").count() == 4


def test_deep_link_to_a_card_and_to_a_filtered_matrix(visit):
    assert CASE in visit("broken", "#card-deep-tanh-torch-eager").locator(".card.shown summary").inner_text()
    assert visit("broken", "#only=disagreements").locator("#matrix tbody tr:visible").count() == 3


def test_unknown_link_is_ignored(visit):
    assert visit("agree", "#case=nothing&framework=a").inner_text("h1") == "All agree"


# --- filters, sorting, keyboard ------------------------------------------------------------------------------------


def test_filters_hide_rows_and_columns(visit):
    page = visit("broken")
    rows = page.locator("#matrix tbody tr:visible")
    page.click("#only-failures")
    assert rows.count() == 3
    assert page.inner_text("#matrix-count") == "3 of 5 cases shown"
    page.click('button[data-framework="torch"]')
    assert rows.count() == 0  # without PyTorch nothing disagrees
    page.click("#only-failures")
    assert page.locator("#matrix tbody tr:first-child td:visible").count() == 14
    page.click('button[data-dtype="float16"]')
    assert page.locator("#matrix tbody tr:first-child td:visible").count() == 11
    assert page.locator("#matrix thead tr:first-child th:visible").evaluate_all("e => e.map(x => x.colSpan)") == [1, 2, 9]
    page.fill("#search", "golden")
    assert rows.count() == 1


def test_sorting_puts_the_named_order(visit):
    page = visit("broken")
    names = page.locator("#matrix tbody tr")
    page.select_option("#sort", "name")
    found = names.evaluate_all("rows => rows.map(r => r.dataset.case)")
    assert found == sorted(found)
    page.select_option("#sort", "suite")
    assert names.first.get_attribute("data-case") == "digits-sigmoid-10"
    page.wait_for_selector("#detail-body table")
    page.click("#detail-body th button >> text=share")
    shown = page.locator("#detail-body tbody td:nth-child(5)").all_inner_texts()
    assert shown[0].endswith("×")  # the failing check first


def test_keyboard_moves_in_the_matrix_and_opens_a_cell(visit):
    page = visit("broken")
    page.focus("#sort")
    page.keyboard.press("Tab")  # the scrolling region
    for _ in range(8):  # past the names of the cases
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('cell')"):
            break
    first = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label != first
    assert "disagrees" in label
    page.keyboard.press("Enter")
    page.wait_for_selector(".card.shown")  # the address changes first, the card follows it
    assert page.locator(".card.shown").count() == 1


def test_heat_map_speaks_to_mouse_and_keyboard(visit):
    page = visit("broken", "#case=deep-tanh&framework=torch&mode=eager&dtype=float32")
    canvas = page.locator("#detail-body canvas[aria-label*='∂C/∂W[3]']")
    assert "Worst: ∂C/∂W[3] row 3, column 6: 41× of the allowance" in canvas.get_attribute("aria-label")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    assert "row 3, column 7" in page.inner_text("#tip")
    page.keyboard.press("Escape")
    assert page.locator("#tip").is_hidden()
    canvas.hover(position={"x": 3, "y": 3})
    assert "row 1, column 1" in page.inner_text("#tip")


def test_colours_can_be_chosen(visit):
    page = visit("agree", color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    page.click("#theme")
    assert page.get_attribute("#theme", "aria-label") == "Colours: dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


# --- charts, phone, paper ------------------------------------------------------------------------------------------


def test_charts_are_drawn_when_they_are_looked_at(visit):
    page = visit("agree", height=400)
    assert page.evaluate("typeof window.Plotly") == "undefined"
    page.locator("#charts").scroll_into_view_if_needed()
    page.wait_for_selector("#plot-ulp[data-drawn] .main-svg")
    page.locator("#plot-dtype").scroll_into_view_if_needed()
    page.wait_for_selector("#plot-dtype[data-drawn] .main-svg")


def test_phone_never_scrolls_sideways(visit):
    page = visit("broken", width=390, height=844)
    page.wait_for_selector("#detail-body canvas")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_print_shows_every_card_and_no_controls(visit):
    page = visit("broken", width=794, height=1123)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_selector("#plot-dtype[data-drawn] .main-svg")
    assert page.locator(".card[open]").count() == page.locator(".card").count() == 3
    assert page.locator(".controls:visible").count() == 0
    assert page.evaluate("document.getElementById('matrix').scrollWidth <= document.querySelector('main').clientWidth")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


# --- for everybody -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("broken", 1280, "light"),
        ("broken", 390, "dark"),
        ("agree", 1280, "dark"),
        ("small", 1280, "light"),
        ("large", 390, "dark"),
    ],
)
def test_page_is_accessible(visit, name, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed").Axe()
    page = visit(name, width=width, color_scheme=scheme)
    if name in ("broken", "agree"):
        page.wait_for_selector("#detail-body canvas")
    found = axe.run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200], len(v["nodes"])) for v in found] == []


# --- the explanation -----------------------------------------------------------------------------------------------


def test_explanation_shows_the_numbers_of_the_lecture(visit):
    page = visit("small")
    result = page.locator("#bp2-1 .result mtd").all_text_contents()
    assert result == ["−76", "64", "−60"]
    assert page.locator("svg.network circle").count() == 7


def test_explanation_folds_and_a_link_unfolds(visit):
    page = visit("small")
    page.click("#fold")
    assert page.locator("details.layer[open]").count() == 0
    page.evaluate("location.hash = 'bp4-1'")
    page.wait_for_selector("#bp4-1:visible")


def test_explanation_of_a_large_network_draws_maps(visit):
    page = visit("large", "#bp4-1")
    page.wait_for_selector("#bp4-1 canvas")
    labels = page.locator("#bp4-1 canvas").evaluate_all("c => c.map(x => x.getAttribute('aria-label'))")
    assert labels[-1].startswith("∂C/∂W¹, 20 by 40. Largest in size:")


# --- the tests can fail --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("<script>undefinedFunction()</script>", "undefinedFunction is not defined"),
        ("<img src='http://127.0.0.1:9/x.png'>", "Content Security Policy"),
    ],
    ids=["script error", "network request"],
)
def test_watch_sees_a_fault(visit, pages, tmp_path, fault, complaint):
    path = tmp_path / "faulty.html"
    path.write_text(pages["agree"].read_text(encoding="utf-8").replace("</main>", f"{fault}</main>"), encoding="utf-8")
    page = visit(path, quiet=False)
    page.wait_for_timeout(200)
    assert any(complaint in c for c in page.complaints)
