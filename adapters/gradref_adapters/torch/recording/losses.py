"""Losses: kernels of PyTorch on the CPU that are less accurate than their format. Measured with 2.13; each is a finding of its own."""

from ...graph import Loss

__all__ = ["LOSSES"]

SIXTEEN = ("bfloat16", "float16")
SINGLE = 2.0**-20
"""A constant that was rounded to float32 on its way, and what an exponential may make of it."""


def stored(rule: str, equation: str, what: str) -> Loss:
    """A kernel of 16-bit tensors that keeps what is on its way in 16 bits."""
    return Loss(rule, equation, SIXTEEN, f"{what} in the storage format.", storage=True)


FORWARD = (
    *("add", "subtract", "reversed_subtract", "add_product", "add_quotient", "x_log_y", "power", "reciprocal_root", "product"),
    *("log_softmax", "safe_softmax", "logsumexp", "mean_square", "negative_log_likelihood", "cumulative_product"),
    *("batch_norm", "group_norm", "lstm", "attention", "bilinear_resize", "put", "index_add", "scatter"),
)
"""Kernels that keep the result of a step, or sums, in 16 bits on the way forward."""

BACKWARD = (
    *("embedding", "layer_norm", "group_norm", "batch_norm", "average_pool", "adaptive_average", "max_pool", "lstm", "attention"),
    *("convolution", "log_softmax", "sigmoid", "log_sigmoid", "gated", "bilinear_resize", "nearest"),
    *("pad_reflect", "pad_replicate", "repeat", "take", "indexed", "select_rows", "gather_along"),
)
"""Kernels that do so on the way back: what is added up, mostly."""

FORMULAS = (
    *("add", "subtract", "reversed_subtract", "multiply", "divide", "power", "power_of_tensors", "power_of_number", "maximum"),
    *("minimum", "clip", "arctan2", "hypotenuse", "logaddexp", "x_log_y", "interpolate", "add_product", "add_quotient", "where"),
    *(
        "absolute",
        "square",
        "reciprocal",
        "square_root",
        "reciprocal_root",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
    ),
    *("sin", "cos", "tan", "arctan", "arcsin", "arccos", "sinh", "cosh", "arcsinh", "arccosh", "arctanh", "erf", "erfc"),
    *(
        "parametric_relu",
        "mean",
        "product",
        "cumulative_product",
        "variance",
        "variance_and_mean",
        "deviation",
        "norm",
        "logsumexp",
    ),
    *("mean_square", "huber", "smooth_absolute", "binary_entropy", "binary_entropy_with_logits", "soft_margin", "mean_absolute"),
)
"""VJPs that derivatives.yaml writes as an expression: no kernel of their own."""

LOSSES: tuple[Loss, ...] = (
    Loss("hard_sigmoid", "VJP", ("float64",), "The kernel's 1/6 is a float32 number.", relative=SINGLE),
    Loss("celu", "VJP", ("float64",), "1/alpha is formed in float32.", relative=SINGLE),
    *(stored(rule, "FWD", "What is on its way is kept") for rule in FORWARD),
    *(stored(rule, "VJP", "What is on its way is kept") for rule in BACKWARD),
    *(stored(rule, "VJP", "The formula is several operators, each of which stores its result") for rule in FORMULAS),
)
"""Every known loss."""
