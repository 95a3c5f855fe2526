"""Is an equation right? Judged in numbers: derivatives by central differences, at several random settings of different sizes.

Nothing of the program under test is used. An equation that holds with one side transposed counts as right (the other layout of
derivatives), so that a slip which only changes the layout is not called wrong.
"""

import ast
from functools import cache

import numpy as np

from .families import Family
from .terms import Nonconforming, NoSuchLayer, derivative, evaluate

SEEDS = (0, 1)
EQUAL, DIFFERENT = 1e-6, 1e-3  # relative; what lies between is not used


@cache
def _setting(family, seed):
    return family.setting(seed)


@cache
def _derivative(family, seed, what, by):
    return derivative(what, by, _setting(family, seed))


def _left(family, seed, left, at):
    """The left side at one place."""
    node = ast.parse(left, mode="eval").body
    setting = _setting(family, seed)
    there = setting.placed(at)
    if not (isinstance(node, ast.Call) and node.func.id == "D"):
        return evaluate(node, there)
    what, what_at = _array(node.args[0], family, there)
    by, by_at = _array(node.args[1], family, there)
    array = _derivative(family, seed, what, by)
    if not what_at and not by_at:
        return array
    place = (*what_at, *by_at)
    return float(np.asarray(array)[place if len(place) == np.ndim(array) else (*place, 0)])


def _array(node, family, there):
    """(the whole array that a formula is, or of which it is an entry; the entry)."""
    if isinstance(node, ast.Name):
        return node.id, ()
    if not (isinstance(node, ast.Call) and (node.func.id in family.layered or node.func.id in there.values)):
        return ast.unparse(node), ()
    layered = node.func.id in family.layered
    place = tuple(int(evaluate(a, there)) for a in node.args[layered:])
    if not layered:
        return node.func.id, place
    layer = int(evaluate(node.args[0], there))
    if (node.func.id, layer) not in there.values:
        raise NoSuchLayer
    return (node.func.id, layer), place


def distance(family: Family, left: str, right: ast.expr | str, indices=()) -> float | None:
    """The largest relative difference of the two sides; infinite where they do not conform, None where the formula never means anything."""
    found = None
    for seed in SEEDS:
        for l in family.layers or (None,):
            try:
                one = _distance_at(family, seed, left, right, indices, {} if l is None else {"l": l})
            except NoSuchLayer:
                continue
            except Nonconforming:
                one = np.inf
            if one is not None:
                found = max(found or 0.0, one)
    return found


def _distance_at(family, seed, left, right, indices, at):
    setting = _setting(family, seed)
    sizes = [setting.placed(at).size(i) for i in indices]
    gaps, scale, turned = [], 0.0, []
    for place in np.ndindex(*sizes):
        here = {**at, **dict(zip(indices, place, strict=True))}
        one = np.asarray(_left(family, seed, left, here), float)
        with np.errstate(all="ignore"):
            other = np.asarray(evaluate(right, setting.placed(here)), float)
        if not np.all(np.isfinite(other)):
            raise Nonconforming
        scale = max(scale, float(np.max(np.abs(one))))
        gaps.append(float(np.max(np.abs(one - other))) if one.shape == other.shape else np.inf)
        turned.append(float(np.max(np.abs(one - other.T))) if one.shape == other.T.shape else np.inf)
    return min(max(gaps), max(turned)) / max(scale, 1e-3)


def is_right(family, left, right, indices=()) -> bool | None:
    """Whether an equation holds; None where that cannot be said."""
    far = distance(family, left, right, indices)
    return None if far is None or EQUAL < far < DIFFERENT else far <= EQUAL
