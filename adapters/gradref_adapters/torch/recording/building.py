"""From what was recorded to a graph: autograd's nodes joined to calls, and what their hooks saw."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import torch

from ...graph import Graph, Node, Pullback, Value, Where
from .aten import translate
from .calls import Call, Tracked, dtype_name, fetch_of
from .losses import LOSSES
from .recorder import Recorder

__all__ = ["Observed", "autograd_nodes", "build", "observe"]


class Observed:
    """What the hooks of autograd's nodes saw: (contributions, cotangents) of each."""

    def __init__(self) -> None:
        self.seen: dict[int, tuple[tuple[Any, ...], tuple[Any, ...]]] = {}


def autograd_nodes(root: Any) -> list[Any]:
    """Every node behind `root`, each once."""
    found, stack, seen = [], [root], set()
    while stack:
        node = stack.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        found.append(node)
        stack.extend(child for child, _ in node.next_functions)
    return found


def observe(nodes: Iterable[Any]) -> tuple[Observed, list[Any]]:
    """Hook every node; the handles remove the hooks again."""
    observed, handles = Observed(), []

    def watch(node: Any) -> Any:
        key = id(node)

        def hook(contributions: tuple[Any, ...], cotangents: tuple[Any, ...]) -> None:
            observed.seen[key] = (contributions, cotangents)

        return node.register_hook(hook)

    handles.extend(watch(node) for node in nodes)
    return observed, handles


def build(recorder: Recorder, nodes: list[Any], observed: Observed, names: dict[int, str], version: str, output: Value) -> Graph:
    """The graph of one run; `names` maps the id of each parameter and input to its name."""
    makers: dict[int, Call] = {}
    for call in recorder.calls:
        for tracked in call.outputs:
            if tracked.edge is not None:
                makers.setdefault(id(tracked.edge[0]), call)
    leaves = _leaves(recorder, names)
    to_value = {key: tracked for key, tracked in recorder.edges.items()} | leaves
    functions = [n for n in nodes if _is_custom(n)]
    bodies = {id(n): _body(n, recorder, to_value) for n in functions}
    graph_nodes: list[Node] = []
    placed: set[int] = set()
    for call in recorder.calls:
        custom = next((t.edge[0] for t in call.outputs if t.edge is not None and id(t.edge[0]) in bodies), None)
        graph_nodes.append(_node(len(graph_nodes), call, None if custom is not None else _own(call, makers), observed, to_value))
        if custom is not None and id(custom) not in placed:
            placed.add(id(custom))
            graph_nodes.append(_custom_node(len(graph_nodes), custom, bodies[id(custom)], observed, to_value))
    for node in nodes:
        if id(node) not in makers and type(node).__name__ != "AccumulateGrad" and id(node) not in placed:
            graph_nodes.append(_orphan(len(graph_nodes), node, observed, to_value, recorder))
    _cotangents(recorder, leaves, observed)
    parameters = {t.value.name: t.value for t in leaves.values() if t.value.parameter}
    final = {
        t.value.name: None if t.tensor.grad is None else fetch_of(t.tensor.grad.clone())
        for t in leaves.values()
        if t.value.parameter
    }
    return Graph("torch", "eager", version, graph_nodes, recorder.values, parameters, final, output, LOSSES)


def _own(call: Call, makers: dict[int, Call]) -> Any:
    """Autograd's node of a call, where it has one that is its own."""
    return next((t.edge[0] for t in call.outputs if t.edge is not None and makers.get(id(t.edge[0])) is call), None)


def _is_custom(node: Any) -> bool:
    return isinstance(node, torch.autograd.function.BackwardCFunction)


def _leaves(recorder: Recorder, names: dict[int, str]) -> dict[tuple[int, int], Tracked]:
    """The leaves that take a gradient, by the edge to their accumulator; named where somebody named them."""
    leaves = {}
    for tracked in recorder.all:
        t = tracked.tensor
        if not tracked.leaf:
            continue
        if id(t) in names:
            tracked.value.name = names[id(t)]
        if t.requires_grad and t.grad_fn is None:
            edge = torch.autograd.graph.get_gradient_edge(t)
            tracked.edge = (edge.node, edge.output_nr)
            tracked.value.parameter = id(t) in names
            leaves[id(edge.node), edge.output_nr] = tracked
    return leaves


def _pullback(node: Any, inputs: list[Any], outputs: tuple[Value, ...], observed: Observed, to_value: dict) -> Pullback | None:
    """The contributions by input slot: autograd's edges are matched with the inputs in order, each edge with the next that has it."""
    if node is None or id(node) not in observed.seen:
        return None
    contributions, cotangents = observed.seen[id(node)]
    given: list[Any] = [None] * len(outputs)
    for k, value in enumerate(outputs):
        tracked = next((t for (f, _), t in to_value.items() if t.value is value and f == id(node)), None)
        if tracked is not None and tracked.edge is not None and tracked.edge[1] < len(cotangents):
            g = cotangents[tracked.edge[1]]
            given[k] = None if g is None else fetch_of(g)
    slots: dict[int, Any] = {}
    dtypes: dict[int, str] = {}
    at = 0
    for k, (function, number) in enumerate(node.next_functions):
        tracked = None if function is None else to_value.get((id(function), number))
        if tracked is None:
            continue
        while at < len(inputs) and inputs[at] is not tracked.value:
            at += 1
        if at >= len(inputs):
            break
        g = contributions[k] if k < len(contributions) else None
        slots[at] = None if g is None else fetch_of(g)
        dtypes[at] = tracked.value.dtype if g is None else dtype_name(g)
        at += 1
    return Pullback(type(node).__name__, tuple(given), slots, dtypes)


def _node(index: int, call: Call, node: Any, observed: Observed, to_value: dict) -> Node:
    outputs = tuple(t.value for t in call.outputs)
    translated = translate(call)
    name = f"aten.{call.name}" if "." not in call.name else call.name
    pullback = _pullback(node, list(translated.inputs), outputs, observed, to_value)
    return Node(
        index,
        name,
        translated.rule,
        translated.inputs,
        translated.attributes,
        outputs,
        call.where,
        pullback,
        translated.body,
        translated.given,
    )


def _body(node: Any, recorder: Recorder, to_value: dict) -> tuple[list[Value], list[Call], list[Value]]:
    """The inputs, the recorded calls and the outputs of a custom function: what lies between its edges."""
    inputs = [to_value[id(f), n].value for f, n in node.next_functions if f is not None and (id(f), n) in to_value]
    outputs = [t for (f, _), t in sorted(to_value.items(), key=lambda item: item[0][1]) if f == id(node)]
    stop = {v.index for v in inputs}
    wanted = {t.value.index for t in outputs}
    calls: list[Call] = []
    for call in reversed(recorder.calls):
        made = {t.value.index for t in call.outputs}
        if made & wanted and not any(t.edge is not None and t.edge[0] is not node for t in call.outputs):
            calls.append(call)
            wanted |= {t.value.index for t in call.inputs} - stop
    return inputs, calls[::-1], [t.value for t in outputs]


def _custom_node(
    index: int, node: Any, body: tuple[list[Value], list[Call], list[Value]], observed: Observed, to_value: dict
) -> Node:
    """A `torch.autograd.Function` as one node whose VJP is judged against the derivative of the operations in its forward."""
    inputs, calls, outputs = body
    inner = tuple(_node(k, call, None, observed, to_value) for k, call in enumerate(calls))
    known = all(n.rule is not None or n.given for n in inner) and bool(inner)
    cls = getattr(type(node), "_forward_cls", type(node))
    module = calls[-1].where.module if calls else ""
    pullback = _pullback(node, list(inputs), tuple(outputs), observed, to_value)
    return Node(
        index,
        cls.__name__,
        "body" if known else None,
        tuple(inputs),
        {},
        tuple(outputs),
        _defined(cls, module),
        pullback,
        inner,
        names=_argument_names(cls, len(node.next_functions)),
    )


def _argument_names(cls: Any, count: int) -> tuple[str, ...]:
    """What the function calls its tensors, where all its arguments are tensors."""
    try:
        names = list(inspect.signature(cls.forward).parameters)
    except (AttributeError, TypeError, ValueError):
        return ()
    own = names if cls.setup_context is not torch.autograd.Function.setup_context else names[1:]
    return tuple(own) if len(own) == count else ()


def _defined(cls: Any, module: str) -> Where:
    """Where the backward of a custom function stands."""
    try:
        function = inspect.unwrap(cls.backward)
        return Where(module, function.__code__.co_filename, function.__code__.co_firstlineno)
    except AttributeError:
        return Where(module)


def _orphan(index: int, node: Any, observed: Observed, to_value: dict, recorder: Recorder) -> Node:
    """A node of autograd that no recorded call explains: opaque, with its edges, so that what lies behind it is unjudged."""
    inputs = [to_value[id(f), n].value for f, n in node.next_functions if f is not None and (id(f), n) in to_value]
    outputs = tuple(t.value for (f, _), t in to_value.items() if f == id(node))
    pullback = _pullback(node, inputs, outputs, observed, to_value)
    return Node(index, node.name(), None, tuple(inputs), {}, outputs, Where(), pullback)


def _cotangents(recorder: Recorder, leaves: dict, observed: Observed) -> None:
    """∂C/∂value of every value that has an edge, as autograd had summed it."""
    for (function, number), tracked in (recorder.edges | leaves).items():
        seen = observed.seen.get(function)
        if seen is not None and number < len(seen[1]) and seen[1][number] is not None:
            tracked.value.cotangent = fetch_of(seen[1][number])
        tracked.value.hooked = bool(tracked.tensor._backward_hooks)
