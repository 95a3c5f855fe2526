"""gradref: is this gradient right? The front door; everything is imported when it is first used.

>>> import gradref
>>> network = gradref.Network((2, 3, 1), "tanh")
>>> network.parameter_count
13
"""

from importlib import import_module

# name -> module that holds it. Nothing here imports torch, jax or pandas before it is used.
_HOME = {
    "Adapter": "gradref_adapters",
    "Batch": "gradref_reference",
    "Case": "gradref_reference",
    "GradrefError": "gradref_reference",
    "Network": "gradref_reference",
    "Parameters": "gradref_reference",
    "Trace": "gradref_reference",
    "backprop": "gradref_reference",
    "initialize": "gradref_reference",
    "load_parameters": "gradref_reference.files",
    "save_parameters": "gradref_reference.files",
    "Enclosure": "gradref_reference.enclosure",
    "enclose": "gradref_reference.enclosure",
    "Verdict": "gradref.verdict",
    "certify": "gradref.judges",
    "ModelReport": "gradref.graph",
    "certify_model": "gradref.graph",
    "FunctionReport": "gradref.graph",
    "check_function": "gradref.graph",
    "compare": "gradref.suite.compare",
    "arbitrate": "gradref.arbitration",
    "assert_gradients_agree": "gradref.assertion",
    "DerivationReport": "gradref_derivations",
    "check_derivation": "gradref_derivations",
    "SheetReport": "gradref_derivations",
    "check_text": "gradref_derivations",
}

__all__ = [
    *sorted(_HOME),
]
__version__ = "0.1.0"


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'gradref' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
