"""Whose code is run with stand-ins: the user's, whatever leads back to itself, and nobody's who was installed."""

import functools
import importlib
import sys
import types

import numpy as np
import pytest

from gradref_balls import BallFunction
from gradref_balls.namespaces import is_users, user_namespaces


class Answering:
    """An object that has every attribute, each time a new one."""

    def __getattr__(self, name):
        return Answering()


def loops():
    """name -> an object that leads back to itself."""

    class HoldsItself:
        pass

    HoldsItself.me = HoldsItself
    wrapper = functools.partial(print)
    wrapper.__wrapped__ = wrapper
    listed = []
    listed.append(listed)
    first, second = types.SimpleNamespace(), types.SimpleNamespace()
    first.other, second.other = second, first

    def function():
        return function

    function.__wrapped__ = function
    deep = [()]
    for _ in range(60):  # 2**60 paths, 60 values
        deep = [deep, deep]
    return {
        "a class": HoldsItself,
        "a wrapper": wrapper,
        "a list": listed,
        "two objects": first,
        "a function": function,
        "any attribute": Answering(),
        "doubled lists": deep,
    }


@pytest.mark.parametrize("name", loops())
def test_what_leads_back_to_itself_is_visited_once(name):
    space = {"__name__": "theirs", "np": np, "loop": loops()[name]}
    exec("def forward(i):\n    return np.sum(i['x'] ** 2)", space)
    assert any(found is space for found in user_namespaces(space["forward"]))
    assert BallFunction(space["forward"], {"x": np.ones(2)}).slope({"x": np.ones(2)}).central == 4.0


REACHED = {
    "a dict": "TABLE = {'f': act}\ndef forward(i):\n    return TABLE['f'](i['x'])",
    "an object": "class Layer:\n    def __init__(self, f):\n        self.f = f\nlayer = Layer(act)\n"
    "def forward(i):\n    return layer.f(i['x'])",
    "an object of another file's class": "net = make()\ndel make\ndef forward(i):\n    return net(i['x'])",
    "a default": "def forward(i, f=act):\n    return f(i['x'])",
    "a base class": "class Mine(Base):\n    pass\ndel Base\ndef forward(i):\n    return Mine().act(i['x'])",
    "a cache": "import functools\ncached = functools.cache(lambda f=act: f)\ndef forward(i):\n    return cached()(i['x'])",
    "a partial's argument": "import functools\napply = functools.partial(lambda f, x: f(x), act)\n"
    "def forward(i):\n    return apply(i['x'])",
    "a property": "class Net:\n    @property\n    def f(self, g=act):\n        return g\nnet = Net()\n"
    "def forward(i):\n    return net.f(i['x'])",
}
LAYERS = """import numpy as np
def act(z):
    out = np.zeros(z.shape)
    out[:] = np.tanh(z)
    return (out * out).sum()
class Base:
    def act(self, z):
        return act(z)
    __call__ = act
def make():
    return Base()
"""


@pytest.mark.parametrize("way", REACHED)
def test_another_file_is_reached_by(way, tmp_path, monkeypatch):
    (tmp_path / "reached_layers.py").write_text(LAYERS)
    (tmp_path / "reaching.py").write_text(f"from reached_layers import act, Base, make\n{REACHED[way]}\ndel act\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("reached_layers", "reaching"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    forward = importlib.import_module("reaching").forward
    spaces = user_namespaces(forward)
    assert any(s is vars(sys.modules["reached_layers"]) for s in spaces)
    s = BallFunction(forward, {"x": np.array([0.3])}).slope({"x": np.ones(1)})
    assert s.central == pytest.approx(2 * np.tanh(0.3) / np.cosh(0.3) ** 2, rel=1e-15)
    assert s.digits > 30


@pytest.mark.parametrize("folder", ["below/lib/python3.11/site-packages", "usr/lib/python3/dist-packages", "vendored"])
def test_installed_packages_are_nobodys_own_in_any_layered_environment(folder, tmp_path, monkeypatch):
    """An environment below this one, Debian's, and a folder filled by `pip install --target`."""
    place = tmp_path / folder
    place.mkdir(parents=True)
    (place / "layered_library.py").write_text("import numpy as np\ndef act(z):\n    return np.tanh(z)\n")
    (place / "layered_library-1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.delitem(sys.modules, "layered_library", raising=False)
    library = importlib.import_module("layered_library")
    assert not is_users(library.__file__, "layered_library")
    space = {"__name__": "theirs", "library": library, "act": library.act}
    exec("def forward(i):\n    return library.act(i['x']).sum()", space)
    assert user_namespaces(space["forward"]) == [space]


@pytest.mark.parametrize("module", ["functools", "os", "json", "numpy.linalg", "flint", "gradref_balls", "gradref_reference"])
def test_libraries_here_are_not_the_users(module):
    assert not is_users(importlib.import_module(module).__file__, module)


def test_an_editable_project_is_the_users(tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "project.egg-info").mkdir()
    path = tmp_path / "src" / "project.py"
    path.write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    assert is_users(str(path), "project")
