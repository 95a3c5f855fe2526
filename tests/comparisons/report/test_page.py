"""The page as text: what it says, that nothing is left unescaped, that it needs nothing from outside, and that bad runs are refused."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from xml.dom import minidom

import numpy as np
import pytest
from support.example_run import example, record_of

from gradref.arbitration import ERROR
from gradref.report.page import page_of
from gradref.report.page.cards import cards
from gradref.report.page.formulas import FORMULAS, formula
from gradref.report.page.mathml import mathml
from gradref.report.page.matrix import matrix
from gradref.report.page.payload import MAP_BUDGET, maps, rows
from gradref.results.headline import headline
from gradref.results.record import KEY
from gradref.suite.run import MapId, Ruled
from gradref.verdict import EQUATIONS, RunId, Verdict
from gradref_reference import ACTIVATIONS, COSTS

LIMIT = 8_000_000  # bytes: what a mail takes


@pytest.fixture(scope="module")
def agreeing():
    return example()


@pytest.fixture(scope="module")
def broken():
    return example(broken=True)


@pytest.fixture(scope="module")
def page(broken):
    return page_of(broken)


def row(verdict="pass", **fields) -> Verdict:
    base = {"case": "one", "framework": "torch", "mode": "eager", "dtype": "float32", "device": "cpu", "equation": "BP4", "layer": 1,
            "parameter": "layer1.W", "entries": 6, "share": 0.2}  # fmt: skip
    given = {**base, "verdict": verdict, **fields}
    run = RunId(*(given.pop(name) for name in RunId._fields))
    return Verdict(run, **given)


# --- the answer ----------------------------------------------------------------------------------------------------


def test_headline_says_that_all_agree(agreeing):
    answer = headline(agreeing)
    assert (answer.kind, answer.answer) == ("agree", "All agree")
    assert "NumPy, PyTorch and JAX give the same gradients on 5 cases" in answer.sentence
    assert re.search(r"of what rounding allows, \d+ % in float64 and \d+ % in float32 was used at most", answer.sentence)


def test_headline_names_the_framework_the_equation_and_how_widespread(broken):
    answer = headline(broken)
    assert (answer.kind, answer.answer) == ("disagree", "PyTorch disagrees")
    assert "PyTorch eager gets the error of the last layer wrong (equation BP1) in 2 of 5 cases" in answer.sentence
    assert "NumPy and JAX agree everywhere." in answer.sentence
    assert [(c.equation, c.cases) for c in answer.culprits] == [("BP1", 2), ("BP4", 1)]


def test_headline_of_a_run_in_which_everything_was_skipped_is_no_agreement():
    run = record_of(row("skip", equation="RUN", finding="PyTorch is not installed."))
    assert headline(run).kind == "empty"
    assert "PyTorch is not installed." in headline(run).sentence


def test_headline_counts_only_the_first_cause_of_a_run():
    run = record_of(row("fail", equation="REF"), row("fail", equation="BP2", layer=1), row("fail", equation="BP2", layer=2))
    assert [(c.equation, c.layers) for c in headline(run).culprits] == [("BP2", (2,))]


# --- matrix and cards ----------------------------------------------------------------------------------------------


def test_matrix_cell_is_red_exactly_where_a_check_failed(broken):
    table = matrix(broken)
    red = {
        (line["case"], table.columns[cell.column]["mode"], table.columns[cell.column]["dtype"])
        for line in table.rows
        for cell in line["cells"]
        if cell.verdict == "fail"
    }
    failing = broken.frame[broken.frame.verdict == "fail"]
    assert red == set(zip(failing["case"], failing["mode"], failing["dtype"], strict=True))


def test_matrix_share_leaves_out_the_comparison_with_the_reference():
    run = record_of(row(share=0.2), row(equation="REF", share=0.9))
    assert matrix(run).rows[0]["cells"][0].text == "20"


def test_matrix_has_no_column_for_a_setting_that_ran_on_no_case():
    run = record_of(row(), row("skip", dtype="float16", equation="RUN", finding="cannot"))
    assert [c["dtype"] for c in matrix(run).columns] == ["float32"]


def test_matrix_has_no_row_for_a_missing_framework():
    run = record_of(
        row(),
        row("skip", case="*", framework="jax", mode="*", dtype="*", equation="RUN", finding="JAX is not installed."),
    )
    assert [line["case"] for line in matrix(run).rows] == ["one"]
    assert "JAX is not installed." in page_of(run)


def test_card_shows_both_values_until_they_differ():
    run = record_of(row("fail", actual=0.12345678901, expected=0.12345678955, allowance=1e-12, share=540.0, rule="bound"))
    (card,), left = cards(run)
    (entry,) = card.entries
    assert left == 0
    assert "".join(entry.actual) != entry.expected
    assert entry.expected.startswith(entry.actual[0])
    assert -1 <= entry.offset <= -0.25  # beyond the band of the allowance, below it


@pytest.mark.parametrize(("actual", "allowance"), [(float("nan"), 1.0), (float("inf"), 1.0), (1.0, 0.0), (1.0, float("nan"))])
def test_card_survives_values_that_cannot_be_drawn(actual, allowance):
    run = record_of(row("fail", actual=actual, expected=0.5, allowance=allowance, share=float("inf"), rule="finite"))
    assert "✗ BP4 in layer 1" in page_of(run)
    assert cards(run)[0][0].entries[0].offset in (None, 1.0, 0.0)


def test_card_quotes_the_exact_gradient_on_its_own_case():
    ruling = Ruled("one", "float32", "dW[1]", ERROR, "float32 dW[1]: torch eager is wrong.")
    others = [ruling._replace(case="two"), ruling._replace(dtype="float64"), ruling._replace(decision="convention")]
    run = record_of(row("fail"), rulings=[*others, ruling])
    (card,), _ = cards(run)
    assert card.rulings == ("float32 dW[1]: torch eager is wrong.",)
    assert "Against the exact gradient" in page_of(run)


def test_card_puts_the_mistake_before_the_measurement():
    told = {"finding": "dW[1] must satisfy it, off by 3e-17.", "hint": "Every entry is 10 times the right value."}
    run = record_of(row("fail", **told))
    (card,), _ = cards(run)
    assert card.lead == "Every entry is 10 times the right value."
    assert card.sentence == "dW[1] must satisfy it, off by 3e-17."


def test_cards_are_limited_and_the_rest_is_counted(broken):
    made, left = cards(broken, limit=1)
    assert len(made) == 1
    assert left == 2


# --- the file ------------------------------------------------------------------------------------------------------


class _Checker(HTMLParser):
    """Finds unclosed elements, repeated ids and links that lead nowhere."""

    VOID = frozenset(["meta", "link", "input", "br", "hr", "img"])

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.problems = [], [], [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a" and "=" not in attributes["href"]:
            self.links.append(attributes["href"])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(tag)


def test_page_is_well_formed_with_unique_ids_and_links_that_lead_somewhere(page):
    checker = _Checker()
    checker.feed(page)
    assert not checker.problems
    assert not checker.open
    assert len(checker.ids) == len(set(checker.ids))
    assert {link.removeprefix("#") for link in checker.links} <= set(checker.ids)


def test_page_escapes_names(page):
    assert "golden G1 &lt;b&gt;&amp;" in page
    assert "G1 <b>" not in page


def test_page_needs_no_network(page):
    outside = re.sub(r'<script type="application/octet-stream".*?</script>', "", page, flags=re.S)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', outside)
    assert "@import" not in outside
    assert "url(" not in outside


def test_page_is_small_enough_for_a_mail(page):
    assert len(page.encode()) < LIMIT


def test_page_is_the_same_for_the_same_run(broken, page):
    assert page_of(broken) == page


def test_payload_gives_the_rows_back(broken, page):
    packed = re.search(r'id="data-rows">([^<]*)<', page)[1]
    table = json.loads(gzip.decompress(base64.b64decode(packed)))
    frame = broken.frame
    assert [tuple(table["runs"][i]) for i in table["run"]] == list(frame[KEY].itertuples(index=False, name=None))
    assert np.allclose([x if x is not None else np.nan for x in table["share"]], frame["share"], rtol=6e-3, equal_nan=True)


def test_payload_holds_infinite_shares():
    run = record_of(row("fail", share=float("inf")))
    assert rows(run)["share"] == ["∞"]


def test_maps_of_failing_runs_are_kept_first(broken):
    kept, _ = maps(broken, budget=2_000)
    failing = {RunId(*key) for key in broken.failures[KEY].itertuples(index=False, name=None)}
    assert kept["left_out"] > 0
    assert kept["index"][0][0] in failing


def test_maps_come_back_as_they_were(broken):
    kept, data = maps(broken, MAP_BUDGET)
    entries = np.frombuffer(data, "<f2")
    assert kept["left_out"] == 0
    assert len(kept["index"]) == len(broken.maps)
    for *at, offset, height, width in kept["index"]:
        assert np.array_equal(entries[offset : offset + height * width].reshape(height, width), broken.maps[MapId(*at)])


# --- records with little in them -----------------------------------------------------------------------------------


def test_page_does_without_maps_and_cases():
    assert "All agree" in page_of(record_of(row()))


def test_page_of_no_rows_says_so():
    assert "Nothing was compared" in page_of(record_of())


# --- formulas ------------------------------------------------------------------------------------------------------


def test_mathml_understands_every_formula_of_the_project():
    for latex in (*(x.latex for x in (*ACTIVATIONS.values(), *COSTS.values())), *FORMULAS.values()):
        text = mathml(latex)
        minidom.parseString(text)  # well formed
        assert "\\" not in text
        assert "&amp;" not in text


def test_mathml_keeps_what_it_does_not_know():
    assert "unheardof" in mathml(r"\unheardof x")


def test_mathml_escapes():
    assert "&lt;script&gt;" in mathml(r"\text{<script>}")
    assert "<script>" not in mathml(r"\text{&lt;script&gt;}")


@pytest.mark.parametrize("latex", [r"\frac{", r"\left(", r"\begin{pmatrix}1", "}", "", r"\frac{<b>"])
def test_mathml_shows_what_it_cannot_read(latex):
    text = mathml(latex)
    minidom.parseString(text)
    assert "<b>" not in text


def test_mathml_leaves_the_brackets_of_a_table_to_css():
    assert '<mrow class="fence open close"><mtable>' in mathml(r"\begin{pmatrix}1&2\\3&4\end{pmatrix}")
    assert '<mrow class="fence open"><mtable>' in mathml(r"\begin{cases}1&z>0\\0&z\le0\end{cases}")
    assert "class" not in mathml(r"\left(a+b\right)")


def test_every_equation_has_a_formula_or_none_is_needed():
    assert set(FORMULAS) <= set(EQUATIONS)
    assert "<mn>2</mn>" in formula("BP2", 1)  # the next layer
    assert formula("RUN", 0) == ""


def test_the_name_of_a_case_may_hold_any_sign():
    page = page_of(record_of(row("fail", case="x|y z", rule="bound", finding="m", actual=1.0, expected=0.0, allowance=0.1)))
    link = "#case=x%7Cy%20z&amp;framework=torch&amp;mode=eager&amp;dtype=float32&amp;device=cpu"
    assert f'href="{link}">Heat maps, float32' in page
