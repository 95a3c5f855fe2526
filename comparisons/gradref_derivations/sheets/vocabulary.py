"""The words and signs of a sheet: what a Unicode sign, an ASCII word or a LaTeX command stands for."""

from __future__ import annotations

__all__ = [
    "ACCENTS", "BUILTIN", "ELEMENTWISE", "GREEK", "INDEX_LETTERS", "INVISIBLE", "SIGNS", "STYLES", "SUBSCRIPTS", "SUPERSCRIPTS",
]  # fmt: skip

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "vartheta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "varrho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ",
}  # fmt: skip
"""Name of a letter -> the letter."""

ELEMENTWISE = {
    "exp", "log", "ln", "sin", "cos", "tan", "tanh", "sinh", "cosh", "arctan", "sqrt", "sigmoid", "relu", "softplus",
    "logistic", "erf", "sign", "silu", "gelu", "leakyrelu",
}  # fmt: skip
"""Functions of a number, applied entry by entry to an array."""

BUILTIN = ELEMENTWISE | {"softmax", "tr", "trace", "det", "diag", "vec", "max", "min", "logsumexp", "norm", "sum", "mean"}
"""Functions that every sheet knows."""

STYLES = {
    "mathrm", "mathbf", "boldsymbol", "vec", "mathbb", "bm", "mathcal", "mathsf", "mathit", "operatorname", "text", "textrm",
    "textbf", "textit", "mbox", "mathfrak", "underline", "pmb", "mathop", "ensuremath", "textstyle", "displaystyle", "rm", "bf",
    "color", "boxed", "hbox", "texttt", "mathtt", "bold", "bs", "textsf", "scriptstyle", "fbox",
}  # fmt: skip
"""Commands that change the look of what follows."""

INVISIBLE = {
    "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "middle",
    ",", ";", ":", "!", " ", "quad", "qquad", "limits", "nolimits", "nonumber", "notag", "displaystyle", "textstyle", "allowbreak",
    "thinspace", "medspace", "enspace", "hfill", "noindent", "centering", "break", "bigm", "Bigm", "mathstrut", "strut", ">", "/",
    "scriptstyle", "rm", "bf", "it", "small", "normalsize", "large",
}  # fmt: skip
"""Commands that say nothing."""

ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303", "widetilde": "\u0303",
           "dot": "\u0307", "ddot": "\u0308", "check": "\u030c", "breve": "\u0306"}  # fmt: skip
"""Accent -> the combining character; an accented letter is a name of its own."""

SIGNS = {
    "∂": "partial", "∇": "nabla", "⊙": "odot", "∘": "circ", "⊗": "otimes", "·": "cdot", "⋅": "cdot", "×": "times", "∑": "sum",
    "∏": "prod", "∈": "in", "≠": "ne", "≤": "le", "≥": "ge", "≈": "approx", "≡": "equiv", "≜": "triangleq", "√": "sqrt",
    "‖": "Vert", "∥": "Vert", "←": "leftarrow", "→": "to", "⇒": "implies", "⟹": "implies", "⇔": "iff", "∴": "therefore",
    "∝": "propto", "ℝ": "R", "⊤": "top", "…": "dots", "⋯": "dots", "∼": "sim", "≔": "coloneqq", "∞": "infty", "⟨": "langle",
    "⟩": "rangle", "∀": "forall", "∫": "int", "↦": "mapsto", "𝟏": "ones", "𝟙": "ones", "⊺": "top", "⊘": "oslash", "⋆": "star", "∗": "ast",
}  # fmt: skip
"""Unicode sign -> command."""

SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-aehijklmnoprstuvx", strict=True))
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᵗˡᴸⁱʲᵏⁿᵐʰ⁽⁾", "0123456789+-TTlLijknmh()", strict=True))
"""Small figures and letters -> the sign they stand for; ᵗ and ᵀ are transposes."""

INDEX_LETTERS = frozenset("ijklmnpqrstuv")
"""Letters that are taken for an index below a name, unless the sheet has a name of just that spelling."""
