"""The checks of a report as formulas, with the layer put in."""

from .mathml import mathml

__all__ = ["FORMULAS", "formula"]

FORMULAS = {
    "LIN": r"z^{@}=a^{@-}\,(W^{@})^\top+b^{@}",
    "ACT": r"a^{@}=\sigma(z^{@})",
    "COST": r"C=C(a^{L},\,y)",
    "BP1": r"\delta^{@}=\nabla_a C\odot\sigma'(z^{@})",
    "BP2": r"\delta^{@}=\left(\delta^{@+}\,W^{@+}\right)\odot\sigma'(z^{@})",
    "BP3": r"\frac{\partial C}{\partial b^{@}}=\sum_{\text{samples}}\delta^{@}",
    "BP4": r"\frac{\partial C}{\partial W^{@}}=(\delta^{@})^\top\,a^{@-}",
    "REF": r"\text{gradient of layer }@=\text{the reference's}",
    "ENC": r"\text{gradient of layer }@=\text{the exact one}",
    "GOLD": r"\text{numbers of layer }@=\text{the known fractions}",
    "EXACT": r"\text{gradient of layer }@=\text{the exact integers}",
}
"""LaTeX by equation; @ is the layer, @- and @+ its neighbours."""


def formula(equation: str, layer: int) -> str:
    """MathML of an equation for one layer, or of the general one where the layer is 0; empty for a check without a formula."""
    latex = FORMULAS.get(equation, "")
    if not latex:
        return ""
    before, here, after = (str(layer - 1), str(layer), str(layer + 1)) if layer > 0 else ("l-1", "l", "l+1")
    return mathml(latex.replace("@-", before).replace("@+", after).replace("@", here))
