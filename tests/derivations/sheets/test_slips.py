"""Single slips in right derivations: each must be refused, and the smallest repair must bring the line back."""

from pathlib import Path

import pytest

from gradref_derivations.sheets import check_text

RIGHT = Path(__file__).parent / "right"

# (sheet, what stands there, what somebody wrote instead)
SLIPS = [
    ("nielsen_batch.md", r"\delta^L = (a^L - y) \odot \sigma'(z^L)", r"\delta^L = (y - a^L) \odot \sigma'(z^L)"),
    ("nielsen_batch.md", r"\delta^L = (a^L - y) \odot \sigma'(z^L)", r"\delta^L = (a^L - y) \odot \sigma'(a^L)"),
    ("nielsen_batch.md", r"\delta^L = (a^L - y) \odot \sigma'(z^L)", r"\delta^L = (a^L - y)"),
    ("nielsen_batch.md", r"((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)", r"((w^{l})^T \delta^{l+1}) \odot \sigma'(z^l)"),
    ("nielsen_batch.md", r"((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)", r"(w^{l+1} \delta^{l+1}) \odot \sigma'(z^l)"),
    ("nielsen_batch.md", r"((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)", r"((w^{l+1})^T \delta^{l+1}) \odot \sigma(z^l)"),
    ("nielsen_batch.md", r"= a^{l-1}_k \delta^l_j", r"= a^{l-1}_j \delta^l_k"),
    ("nielsen_batch.md", r"= a^{l-1}_k \delta^l_j", r"= a^{l}_k \delta^l_j"),
    ("nielsen_batch.md", r"\sum_k w^{l+1}_{kj} \delta^{l+1}_k", r"\sum_k w^{l+1}_{jk} \delta^{l+1}_k"),
    ("nielsen_batch.md", r"\sum_k w^{l+1}_{kj} \delta^{l+1}_k", r"w^{l+1}_{kj} \delta^{l+1}_k"),
    ("nielsen_batch.md", r"= \frac1m \Delta^l (A^{l-1})^T", r"= \Delta^l (A^{l-1})^T"),
    ("nielsen_batch.md", r"= \frac1m \Delta^l (A^{l-1})^T", r"= \frac1m (\Delta^l)^T A^{l-1}"),
    ("nielsen_batch.md", r"= \frac1m \sum_x \delta^{x,l}$", r"= \sum_x \delta^{x,l}$"),
    ("course_brackets.md", r"$dZ^{[2]} = A^{[2]} - Y$", r"$dZ^{[2]} = Y - A^{[2]}$"),
    ("course_brackets.md", r"W^{[2]T} dZ^{[2]} * g^{[1]'}(Z^{[1]})", r"W^{[2]} dZ^{[2]} * g^{[1]'}(Z^{[1]})"),
    ("softmax.txt", r"p_i (\delta_{ij} - p_j)", r"p_j (\delta_{ij} - p_j)"),
    ("softmax.txt", r"p_i (\delta_{ij} - p_j)", r"p_i (\delta_{ij} + p_j)"),
    ("softmax.txt", r"dC/dz = p - y", r"dC/dz = y - p"),
    ("matrix_calculus.txt", r"= (A + A^T)x", r"= (A + A^T)"),
    ("matrix_calculus.txt", r"= (A + A^T)x", r"= (A - A^T)x"),
    ("matrix_calculus.txt", r"= -X^{-T} a b^T X^{-T}", r"= X^{-T} a b^T X^{-T}"),
    ("matrix_calculus.txt", r"(AB)^{-1} = B^{-1}A^{-1}", r"(AB)^{-1} = A^{-1}B^{-1}"),
    ("matrix_calculus.txt", r"(AB)^T = B^T A^T", r"(AB)^T = A^T B^T"),
    ("batch_norm.txt", r"(x_i-\mu_B)\frac{-1}{2}", r"(x_i-\mu_B)\frac{1}{2}"),
    ("batch_norm.txt", r"\frac{\partial \ell}{\partial \mu_B}\frac1m", r"\frac{\partial \ell}{\partial \mu_B}"),
    ("two_layers_plain.txt", r"delta1 = W2' * delta2 .* sigma'(z1)", r"delta1 = W2' * delta2 .* sigma'(a1)"),
    ("two_layers_plain.txt", "db1 = delta1", "db1 = delta1 .* a1"),
    ("lstm.md", r"\operatorname{diag}(f_t)", r"\operatorname{diag}(i_t)"),
    ("attention.md", r"= P^T \frac{\partial L}{\partial O}", r"= P \frac{\partial L}{\partial O}"),
    ("layer_norm.txt", r"= \frac2n (x_i - \mu)", r"= \frac1n (x_i - \mu)"),
    ("logistic_regression.txt", r"= \frac1m X^T (p - y)", r"= \frac1m X^T (y - p)"),
    ("chain_rule.txt", r"= f'(g(x)) g'(x)", r"= f'(x) g'(x)"),
    ("chain_rule.txt", r"= f'g + fg'", r"= f'g - fg'"),
    ("ridge.txt", r"2 A^T (A x - b) + 2 \lambda x", r"2 A^T (A x - b) + \lambda x"),
    ("rnn.txt", r"diag(1 - h_t \odot h_t) W", r"W diag(1 - h_t \odot h_t)"),
    ("scalar_identities.md", r"\sin 2x = 2\sin x\cos x", r"\sin 2x = \sin x\cos x"),
    ("relu.md", r"f'(z) = 0 \text{ for } z < 0", r"f'(z) = 1 \text{ for } z < 0"),
]


@pytest.fixture(scope="module")
def found():
    """(slip number) -> the judged claim on the line of the slip."""
    claims = {}
    for number, (name, good, bad) in enumerate(SLIPS):
        text = (RIGHT / name).read_text(encoding="utf-8")
        assert text.count(good) >= 1, (name, good)
        line = text[: text.index(good)].count("\n") + 1
        report = check_text(text.replace(good, bad, 1))
        claims[number] = [c for c in report.claims if c.line == line], text.splitlines()[line - 1], report
    return claims


@pytest.mark.parametrize("number", range(len(SLIPS)), ids=lambda n: f"{SLIPS[n][0].partition('.')[0]}-{n}")
def test_a_slip_is_refused_with_a_reason(found, number):
    claims, _, report = found[number]
    assert claims
    assert not any(c.counts_as_right for c in claims)
    assert report.verdict == "wrong"
    for claim in claims:
        assert claim.verdict in ("wrong", "shapes", "condition")
        if claim.verdict == "wrong":
            assert claim.counterexample is not None
            assert claim.counterexample["left"] != claim.counterexample["right"]


def test_most_slips_are_repaired_and_the_repaired_line_is_right(found):
    repaired = 0
    for number, (name, good, bad) in enumerate(SLIPS):
        claims, line, _ = found[number]
        if claims[0].repair is None:
            continue
        repaired += 1
        text = (RIGHT / name).read_text(encoding="utf-8")
        delimiter = "$$" if line.startswith("$$") else "$" if line.startswith("$") else ""
        guard = line[line.index(r" \text") :].rstrip("$") if r"\text{ for" in line else ""
        again = check_text(text.replace(line, f"{delimiter}{claims[0].repair}{guard}{delimiter}"), repairs=False)
        at = text[: text.index(good)].count("\n") + 1
        assert [c.message for c in again.claims if c.line == at and not c.counts_as_right] == [], (bad, claims[0].repair)
    assert repaired >= 0.9 * len(SLIPS)
