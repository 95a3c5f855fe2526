"""Items 3.4 - 3.6: the derivative of one neuron's cost by its weights, what it means, and by its bias."""

from .. import one_neuron as code
from ..item import Claim, Golden, Item, Mistake
from ..sigmas import SIGMAS

__all__ = ["ITEMS"]

IDENTITY, RELU, SQUARE, TANH = (SIGMAS[n] for n in ("identity", "relu", "square", "tanh"))
DATA = ([[1, 2], [3, -1], [-2, 1], [0, 1]], [4, 3, 1, 5], [2, 1], -1)
NAMES = ("X", "y", "w", "b")


def _data(rng, sizes):
    N, n = sizes[:2]
    return rng.standard_normal((N, n)), rng.standard_normal(N), rng.standard_normal(n), rng.standard_normal()


def _cost(world, sigma, X, y, w, b):
    e = world.sigma(sigma)(X @ w + b) - y
    return (e * e).sum() / (2 * X.shape[0])


def _true_weight(sigma):
    return lambda world, X, y, w, b: (
        _cost(world, sigma, X, y, w, b),
        world.jacobian(lambda v: _cost(world, sigma, X, y, v, b), w),
    )


def _true_bias(sigma):
    return lambda world, X, y, w, b: world.jacobian(lambda c: _cost(world, sigma, X, y, w, c), b)


# --- 3.4 -------------------------------------------------------------------------------------------------------------


def _weight_claim(sigma, *goldens):
    return Claim(
        f"C and ∂C/∂w, σ = {sigma.name}",
        NAMES,
        ("C", "∂C/∂w"),
        lambda X, y, w, b: (code.neuron_cost(X, y, w, b, sigma), code.weight_derivative(X, y, w, b, sigma)),
        _true_weight(sigma.name),
        _data,
        goldens,
    )


def _weights(formula):
    """C as it is, ∂C/∂w by another formula of e, z, X, N with σ = square."""

    def mutant(X, y, w, b):
        z = X @ w + b
        return code.neuron_cost(X, y, w, b, SQUARE), formula(SQUARE(z) - y, z, X, len(y))

    return mutant


def _scalars(rng, sizes):
    return tuple(rng.standard_normal(6))


def _true_chain(world, w1, b1, w2, b2, x, y):
    square = world.sigma("square")

    def C(p, q, r, s):
        e = square(r * square(p * x + q) + s) - y
        return e * e / 2

    return (
        world.jacobian(lambda t: C(t, b1, w2, b2), w1),
        world.jacobian(lambda t: C(w1, t, w2, b2), b1),
        world.jacobian(lambda t: C(w1, b1, t, b2), w2),
        world.jacobian(lambda t: C(w1, b1, w2, t), b2),
    )


def _chain_without_inner_slope(w1, b1, w2, b2, x, y):
    z2 = w2 * SQUARE(w1 * x + b1) + b2
    by_z2 = (SQUARE(z2) - y) * SQUARE.prime(z2)
    return by_z2 * w2 * x, by_z2 * w2, by_z2 * SQUARE(w1 * x + b1), by_z2


_SQUARE, _IDENTITY, _RELU = (f"C and ∂C/∂w, σ = {s}" for s in ("square", "identity", "relu"))
_CHAIN = "chain 1-1-1: ∂C/∂(w₁, b₁, w₂, b₂)"

_3_4 = Item(
    "3.4",
    "Derivative of the cost for a simple network, w.r.t. weights",
    "2:10:37",
    r"\frac{\partial C}{\partial w}=\frac1N\sum_ie_i\,\sigma'(z_i)\,x_i^{\mathsf T}"
    r"=\frac1N(e\odot\sigma'(z))^{\mathsf T}X,\qquad e_i=a_i-y_i",
    "X: (N, n) with rows x_iᵀ; y, e, z: (N,); w, ∂C/∂w: (n,)",
    "σ differentiable at every z_i; Parr & Howard, without the ½, have 2/N",
    ("one_neuron.errors", "one_neuron.neuron_cost", "one_neuron.weight_derivative", "one_neuron.chain_of_two"),
    (
        _weight_claim(SQUARE, Golden(DATA, ("111/2", ["291/2", -41]))),
        _weight_claim(IDENTITY, Golden(DATA, ("13/2", [3, "-13/4"]))),
        _weight_claim(RELU, Golden(DATA, ("7/2", ["1/2", "-3/4"]))),
        Claim(
            _CHAIN,
            ("w₁", "b₁", "w₂", "b₂", "x", "y"),
            ("∂w₁", "∂b₁", "∂w₂", "∂b₂"),
            lambda w1, b1, w2, b2, x, y: code.chain_of_two(w1, b1, w2, b2, x, y, SQUARE),
            _true_chain,
            _scalars,
            (Golden((3, -1, -1, 7, 1, 6), (-72, -72, 72, 18)),),
        ),
    ),
    (
        Mistake("sum for mean", _SQUARE, _weights(lambda e, z, X, N: (e * 2 * z) @ X), (0, (None, [582, -164]))),
        Mistake("no ½: a factor 2", _SQUARE, _weights(lambda e, z, X, N: 2 * (e * 2 * z) @ X / N), (0, (None, [291, -82]))),
        Mistake("sign y - a", _SQUARE, _weights(lambda e, z, X, N: -(e * 2 * z) @ X / N), (0, (None, ["-291/2", 41]))),
        Mistake("mean error times mean input", _SQUARE, _weights(lambda e, z, X, N: (e * 2 * z).sum() / N * X.sum(axis=0) / N)),
        Mistake("first sample only", _SQUARE, _weights(lambda e, z, X, N: e[0] * 2 * z[0] * X[0])),
        Mistake("σ' missing", _SQUARE, _weights(lambda e, z, X, N: e @ X / N), (0, (None, ["7/2", "7/4"]))),
        Mistake("σ'(a) for σ'(z)", _SQUARE, _weights(lambda e, z, X, N: (e * 2 * z * z) @ X / N), (0, (None, ["189/2", 61]))),
        Mistake("the inner σ' of a chain missing", _CHAIN, _chain_without_inner_slope),
        Mistake(
            "no σ', seen with a linear neuron only",
            _IDENTITY,
            lambda X, y, w, b: (code.neuron_cost(X, y, w, b, IDENTITY), (X @ w + b - y) @ X / len(y)),
            blind_to={"all": "the identity has σ' = 1: a linear neuron cannot reveal a missing σ'"},
        ),
    ),
)

# --- 3.5 -------------------------------------------------------------------------------------------------------------


def _as_average(sigma):
    def formula(X, y, w, b):
        e = code.errors(X, y, w, b, sigma)
        return code.weighted_average(X, e * sigma.prime(X @ w + b))

    return formula


def _averaged(weights):
    """1/N Σ weight_i x_i with other weights, σ = square."""

    def mutant(X, y, w, b):
        z = X @ w + b
        return code.weighted_average(X, weights(SQUARE(z) - y, 2 * z))

    return mutant


def _gradient_only(sigma):
    truth = _true_weight(sigma)
    return lambda world, *arguments: truth(world, *arguments)[1]


def _saturated(x):
    """∂a₅/∂x of five sigmoid neurons in a row, each at z = 0 with w = 1 and b = -a: (1/4)⁵."""
    return (0 * x + 1) / 4**5


def _true_saturated(world, x):
    sigma = world.sigma("sigmoid")

    def chain(s):
        a = sigma(s - x)
        for _ in range(4):
            a = sigma(a - 0.5)
        return a

    return world.jacobian(chain, x)


_AVERAGE = "∂C/∂w = 1/N Σ (e_i σ'(z_i)) x_i, σ = square"
_LINEAR_AVERAGE = "the same, linear neuron"

_3_5 = Item(
    "3.5",
    "Understanding the derivative of the cost",
    "2:33:14",
    r"\nabla_wC=\frac1N\sum_i\underbrace{e_i\sigma'(z_i)}_{\text{weight}}x_i",
    "X: (N, n); one weight for each sample; the result (n,) lies in the span of the x_i",
    "σ differentiable at every z_i; zero error or a saturated neuron: no contribution",
    ("one_neuron.weighted_average",),
    (
        Claim(
            _AVERAGE,
            NAMES,
            ("∂C/∂w",),
            _as_average(SQUARE),
            _gradient_only("square"),
            _data,
            (Golden(DATA, (["291/2", -41],)),),
        ),
        Claim(
            _LINEAR_AVERAGE,
            NAMES,
            ("∂C/∂w",),
            _as_average(IDENTITY),
            _gradient_only("identity"),
            _data,
            (
                Golden(DATA, ([3, "-13/4"],)),
                Golden((DATA[0], [3, 4, -4, 0], DATA[2], DATA[3]), ([0, 0],)),  # zero errors: exactly zero
            ),
        ),
        Claim(
            "saturation: ∂a₅/∂x = 4⁻⁵",
            ("x",),
            ("∂a₅/∂x",),
            _saturated,
            _true_saturated,
            lambda rng, sizes: (rng.standard_normal(),),
            (Golden((0,), ("1/1024",)),),
        ),
    ),
    (
        Mistake(
            "|e| for e",
            _LINEAR_AVERAGE,
            lambda X, y, w, b: code.weighted_average(X, abs(code.errors(X, y, w, b, IDENTITY))),
            (0, ["-3/2", "11/4"]),
        ),
        Mistake("unweighted mean of the inputs", _AVERAGE, _averaged(lambda e, slope: 0 * e + 1), (0, ["1/2", "3/4"])),
        Mistake("sign", _AVERAGE, _averaged(lambda e, slope: -e * slope), (0, ["-291/2", 41])),
        Mistake("weights normalised to sum 1", _AVERAGE, _averaged(lambda e, slope: e * slope * len(e) / (e * slope).sum())),
        Mistake("saturation counted once", "saturation: ∂a₅/∂x = 4⁻⁵", lambda x: (0 * x + 1) / 4),
    ),
)

# --- 3.6 -------------------------------------------------------------------------------------------------------------


def _bias_claim(sigma, *goldens):
    return Claim(
        f"∂C/∂b, σ = {sigma.name}",
        NAMES,
        ("∂C/∂b",),
        lambda X, y, w, b: code.bias_derivative(X, y, w, b, sigma),
        _true_bias(sigma.name),
        _data,
        goldens,
    )


def _by_trick(X, y, w, b):
    X_hat, w_hat = code.augmented(X, w, b)
    return code.weight_derivative(X_hat, y, w_hat, 0, IDENTITY)


def _true_trick(world, X, y, w, b):
    return world.jacobian(lambda t: _cost(world, "identity", X, y, t[:-1], t[-1]), world.join([w, b]))


def _bias(formula):
    def mutant(X, y, w, b):
        z = X @ w + b
        return formula((SQUARE(z) - y) * 2 * z, X)

    return mutant


def _layer_inputs(rng, sizes):
    n, before, m = sizes[:3]
    return (
        rng.standard_normal((n, before)),
        rng.standard_normal((n, 1)),
        rng.standard_normal((before, m)),
        rng.standard_normal((n, m)),
    )


def _true_layer_bias(world, W, b, A, Y):
    def C(c):
        r = world.sigma("square")(W @ A + c) - Y
        return (r * r).sum() / (2 * A.shape[1])

    return world.jacobian(C, b)


def _layer_bias(reduce):
    """∂C/∂b of a layer from E = (a - y) ⊙ σ'(z), (n, m), columns are samples."""

    def formula(W, b, A, Y):
        z = W @ A + b
        return reduce((SQUARE(z) - Y) * 2 * z)

    return formula


_OF_SQUARE, _TRICK, _LAYER = "∂C/∂b, σ = square", "bias trick: ∂C/∂[w; b]", "a layer: ∂C/∂b, (n, 1)"

_3_6 = Item(
    "3.6",
    "Differentiating w.r.t. the bias",
    "2:45:38",
    r"\frac{\partial C}{\partial b}=\frac1N\sum_ie_i\sigma'(z_i),\qquad \hat w=[w;b],\ \hat x=[x;1]",
    "a scalar for one neuron; (n, 1) for a layer",
    "with the ½ it is the average error; Parr & Howard's 2/N makes it twice the average",
    ("one_neuron.bias_derivative", "one_neuron.augmented"),
    (
        _bias_claim(SQUARE, Golden(DATA, ("7/2",))),
        _bias_claim(IDENTITY, Golden(DATA, ("-5/2",))),
        _bias_claim(RELU, Golden(DATA, (0,))),
        Claim(_TRICK, NAMES, ("∂C/∂[w; b]",), _by_trick, _true_trick, _data, (Golden(DATA, ([3, "-13/4", "-5/2"],)),)),
        Claim(
            _LAYER,
            ("W", "b", "A", "Y"),
            ("∂C/∂b",),
            _layer_bias(lambda E: E.sum(axis=1, keepdims=True) / E.shape[1]),
            _true_layer_bias,
            _layer_inputs,
            (
                Golden(
                    ([[1, 0], [0, 1], [1, 1]], [[0], [0], [0]], [[1, 2], [3, 1]], [[0, 0], [0, 0], [0, 0]]), ([[9], [28], [91]],)
                ),
            ),
        ),
    ),
    (
        Mistake("sum for mean", _OF_SQUARE, _bias(lambda d, X: d.sum()), (0, 14)),
        Mistake("0", _OF_SQUARE, _bias(lambda d, X: d.sum() * 0)),
        Mistake("1", _OF_SQUARE, _bias(lambda d, X: d.sum() * 0 + 1)),
        Mistake("first sample only", _OF_SQUARE, _bias(lambda d, X: d[0]), (0, 30)),
        Mistake("multiplied by x", _OF_SQUARE, _bias(lambda d, X: d @ X / len(X))),
        Mistake(
            "the column of ones forgotten in the trick", _TRICK, lambda X, y, w, b: code.weight_derivative(X, y, w, b, IDENTITY)
        ),
        Mistake("layer: one scalar for all units", _LAYER, _layer_bias(lambda E: E[:, :1] * 0 + E.sum() / E.shape[1])),
        Mistake("layer: wrong axis", _LAYER, _layer_bias(lambda E: E.sum(axis=0, keepdims=True).T / E.shape[1])),
        Mistake("layer: not summed at all", _LAYER, _layer_bias(lambda E: E / E.shape[1])),
    ),
)

ITEMS = (_3_4, _3_5, _3_6)
