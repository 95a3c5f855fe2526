"""Modules written in every style are run in balls unchanged, and left as they were."""

import importlib

import numpy as np
import pytest

from gradref_balls import BallFunction, slope_along

SOURCE = """
# --- import numpy
import numpy
def forward(i):
    return numpy.sum(numpy.tanh(i['x']) ** 2)

# --- star
from numpy import *
def forward(i):
    out = zeros(3)
    out[:] = tanh(i['x'])
    return float(sum(out ** 2))

# --- names
from numpy import exp, sum as total
def forward(i):
    e = exp(2 * i['x'])
    return total(((e - 1) / (e + 1)) ** 2)

# --- math
from math import tanh
def forward(i):
    return sum(tanh(float(v)) ** 2 for v in i['x'])

# --- vectorize
import numpy as np, math
f = np.vectorize(math.tanh)
def forward(i):
    return np.sum(f(i['x']) ** 2)

# --- frompyfunc
import numpy as np, math
f = np.frompyfunc(lambda v: math.tanh(v), 1, 1)
def forward(i):
    return np.sum(f(i['x']) ** 2)

# --- table
import numpy as np
ACT = {'tanh': (np.tanh, lambda a: 1 - a ** 2)}
def forward(i):
    return np.sum(ACT['tanh'][0](i['x']) ** 2)

# --- partial
import functools, numpy as np
def f(p, i):
    return np.sum(np.tanh(i['x']) ** p)
forward = functools.partial(f, 2)

# --- closure
import numpy as np
def make(p):
    def forward(i):
        return np.sum(np.tanh(i['x']) ** p)
    return forward
forward = make(2)

# --- method
import numpy as np
class Net:
    def cost(self, i):
        self.a = np.tanh(i['x'])
        return float((self.a ** 2).sum())
net = Net()
forward = net.cost

# --- callable
import numpy as np
class Net:
    def __call__(self, i):
        return float(np.square(np.tanh(i['x'])).sum())
forward = Net()

# --- dtype
import numpy as np
def forward(i):
    x = np.asarray(i['x'], dtype=np.float64)
    assert x.dtype == np.float64 and isinstance(x, np.ndarray)
    out = np.empty(len(x), dtype=x.dtype)
    for k, v in enumerate(x):
        assert isinstance(v, (int, float))
        out[k] = np.float64(np.tanh(v))
    return np.array([o * o for o in out]).sum(dtype=float)

# --- global
import numpy as np
cache = None
def forward(i):
    global cache
    cache = np.tanh(i['x'])
    return (cache ** 2).sum()

# --- random
import numpy as np
rng = np.random.default_rng(0)
def forward(i):
    mask = rng.random(3) < 2
    noise = np.random.rand(3) * 0
    return ((mask * np.tanh(i['x']) + noise) ** 2).sum()

# --- decorated
import functools, numpy as np
def log(f):
    @functools.wraps(f)
    def g(i):
        return f(i)
    return g
@log
def forward(i):
    return float(np.sum(np.tanh(i['x']) ** 2))
"""
STYLES = {name: code for name, _, code in (part.partition("\n") for part in SOURCE.split("# --- ")[1:])}


@pytest.mark.parametrize("style", STYLES)
def test_module_of_any_style_is_run_unchanged(style, tmp_path):
    path = tmp_path / "theirs.py"
    path.write_text(STYLES[style])
    space = {"__name__": "theirs", "__file__": str(path)}
    exec(compile(STYLES[style], str(path), "exec"), space)
    before = dict(space)
    x = np.array([0.3, -1.2, 2.0])
    s = BallFunction(space["forward"], {"x": x}).slope({"x": np.ones(3)})
    assert s.central == pytest.approx(np.sum(2 * np.tanh(x) / np.cosh(x) ** 2), rel=1e-14)
    assert s.smooth
    assert s.digits > 30
    assert space.keys() == before.keys()
    assert all(space[k] is before[k] for k in before)


def test_helper_modules_of_the_user_are_followed(tmp_path, monkeypatch):
    (tmp_path / "ball_layers.py").write_text(
        "import numpy as np\ndef act(z):\n    out = np.zeros(z.shape)\n    out[:] = np.tanh(z)\n    return out\n"
    )
    (tmp_path / "ball_theirs.py").write_text(
        "import numpy as np\nimport ball_layers\nfrom ball_layers import act\n"
        "def forward(i):\n    return float((act(i['x']) * ball_layers.act(i['x'])).sum())\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    forward = importlib.import_module("ball_theirs").forward
    assert slope_along(forward, {"x": np.zeros(2) + 0.5}, {"x": np.ones(2)}).digits > 30
