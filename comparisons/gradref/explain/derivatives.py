"""σ' in the form in which a textbook writes it, by the name of the activation."""

from gradref_reference import Activation

__all__ = ["derivative_latex"]

_PRIMES = {
    "identity": "1",
    "square": "2z",
    "sigmoid": r"a(1-a)",
    "tanh": r"1-a^2",
    "relu": r"\begin{cases}1&z>0\\0&z\le0\end{cases}",
    "leaky_relu": r"\begin{cases}1&z>0\\\alpha&z\le0\end{cases}",
    "elu": r"\begin{cases}1&z>0\\\alpha e^z&z\le0\end{cases}",
    "softplus": r"\frac{1}{1+e^{-z}}",
    "silu": r"s(z)\left(1+z\,s(-z)\right),\quad s(z)=\frac{1}{1+e^{-z}}",
    "gelu": r"\Phi(z)+z\,\Phi'(z)",
    "gelu_tanh": r"\frac{1+\tanh u}{2}+\frac{z}{2}(1-\tanh^2u)\,u'",
}


def derivative_latex(sigma: Activation) -> str:
    """The formula of σ'(z), with a = σ(z); "" for softmax, whose derivative is the matrix diag(a) - a aᵀ."""
    text = _PRIMES.get(sigma.kind, "")
    return text if sigma.parameter is None else text.replace(r"\alpha", f"{sigma.parameter:g}" + (r"\," if "e^z" in text else ""))
