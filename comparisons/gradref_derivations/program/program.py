"""Program: somebody's `forward` and `backward`, from a file or as functions, ready to be run again and again from fresh."""

from __future__ import annotations

import ast
import copy
import inspect
import linecache
import textwrap
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gradref_reference.errors import FileError
from gradref_reference.paths import read_text

from .form import Form, own_folder
from .guard import TooLong, failure, quiet, time_limit
from .namespaces import Substitutes, as_module, as_script, rebuilt

__all__ = ["Inputs", "Program", "copy_inputs"]

Inputs = dict[str, Any]
CALL_LIMIT = 10.0  # seconds for one call of somebody's function


class Program:
    """The code under check.

    Attributes
    ----------
    filename : what tracebacks call it.
    text, tree : the source and its syntax tree; empty when it cannot be had.
    namespace : the globals the functions run in.
    form : how the text is executed, and which of its lines are somebody's.
    modules : the modules beside the file that it imports.
    """

    def __init__(
        self,
        text: str,
        filename: str,
        namespace: dict[str, Any] | None = None,
        call_limit: float = CALL_LIMIT,
        form: Form = Form(),  # noqa: B008  (frozen)
    ):
        self.text, self.filename, self.call_limit, self.form = text, filename, call_limit, form
        try:
            self.tree = ast.parse(text, filename)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            at = f"line {line}" if line else "the file"
            message = getattr(error, "msg", None) or str(error)
            raise FileError(f"{filename}: must be Python, got a syntax error in {at} ({message}). Correct it.") from None
        self.modules: list[types.ModuleType] = []
        self._given = namespace
        self._views: dict[int, dict[str, Any]] = {}
        self.namespace = namespace if namespace is not None else self._execute(self.tree)
        self._state = self._mutable_globals()

    # --- making ---------------------------------------------------------------------------------------------------

    @classmethod
    def from_functions(cls, forward: Callable, backward: Callable, source: str | Path | None = None) -> Program:
        """Two functions as they are; their source is read where Python can find it, for the repair."""
        text, filename = "", getattr(getattr(backward, "__code__", None), "co_filename", "<functions>")
        if source is not None:
            given = isinstance(source, str) and "\n" in source
            text, filename = (str(source), filename) if given else (read_text(source), str(source))
        else:
            text = _source_around(backward)
        namespace = dict(getattr(backward, "__globals__", {}))
        for function in (forward, backward):
            namespace.update(inspect.getclosurevars(function).nonlocals if inspect.isfunction(function) else {})
        namespace.update(forward=forward, backward=backward)
        try:
            program = cls(text, filename, namespace)
        except FileError:
            program = cls("", filename, namespace)
        program.filename = getattr(getattr(backward, "__code__", None), "co_filename", filename)
        return program

    def _execute(self, tree: ast.Module, builtins: dict[str, Any] | None = None) -> dict[str, Any]:
        namespace: dict[str, Any] = {"__name__": "derivation", "__file__": self.filename, "__doc__": None}
        builtins = self.form.builtins(builtins)
        if builtins is not None:
            namespace["__builtins__"] = builtins
        linecache.cache.setdefault(self.filename, (len(self.text), None, self.text.splitlines(True), self.filename))
        try:
            with (
                quiet(),
                time_limit(self.call_limit),
                as_module(namespace),
                as_script(self.filename),
                own_folder(self.filename) as self.modules,
            ):
                exec(compile(self.form.executed(tree), self.filename, "exec", dont_inherit=True), namespace)
            self.form.patch(self.modules)
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:
            failed = failure(error, self.filename)
            raise FileError(f"{self.filename}: must run when it is imported, but it {failed}{failed.at}. Correct it.") from None
        return namespace

    # --- running --------------------------------------------------------------------------------------------------

    def call(self, function: Callable, *args: Any) -> Any:
        """Call somebody's function; `Failed` with its line for whatever it does but return."""
        try:
            with quiet(), time_limit(self.call_limit):
                return function(*args)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if isinstance(error, TooLong) or not isinstance(error, GeneratorExit):
                raise failure(error, self.filename) from None
            raise

    def forward(self, inputs: Inputs) -> Any:
        return self.call(self.namespace["forward"], copy_inputs(inputs))

    def backward(self, inputs: Inputs) -> Any:
        return self.call(self.namespace["backward"], copy_inputs(inputs))

    def anew(self) -> Program | None:
        """The file executed once more, with nothing that earlier calls have left behind; None for functions that were given."""
        return Program(self.text, self.filename, None, self.call_limit, self.form) if self._given is None else None

    def conditions(self) -> list[Any]:
        """What `make_inputs` is called with after the seed: nothing (None) where it may be called so, and every one of CONDITIONS."""
        listed = list(self.namespace.get("CONDITIONS") or [])
        if not listed:
            return [None]
        try:
            second = list(inspect.signature(self.namespace["make_inputs"]).parameters.values())[1]
        except (IndexError, TypeError, ValueError):
            return listed
        plain = second.default is not inspect.Parameter.empty and second.default not in listed
        return [None, *listed] if plain else listed

    def refresh(self) -> None:
        """Put the globals the code may have changed back to what they were when it was loaded."""
        for name, value in self._state.items():
            self.namespace[name] = copy.deepcopy(value)
        for name in [n for n in self.namespace if n not in self._names and not n.startswith("__gradref")]:
            del self.namespace[name]

    def _mutable_globals(self) -> dict[str, Any]:
        self._names = set(self.namespace)
        state = {}
        for name, value in self.namespace.items():
            if name.startswith("__") or isinstance(value, (types.ModuleType, types.FunctionType, type)):
                continue
            if self._given is not None and not isinstance(value, (dict, list, set, np.ndarray, int, float)):
                continue
            try:
                state[name] = copy.deepcopy(value)
            except Exception:
                continue
        return state

    def initial_state(self) -> dict[str, Any]:
        """Fresh copies of the data (no functions) that the globals held when the code was loaded."""
        return {k: copy.deepcopy(v) for k, v in self._state.items() if not callable(v)}

    # --- other versions of it -------------------------------------------------------------------------------------

    def seen_through(self, stand_ins: Substitutes) -> dict[str, Any]:
        """The globals over stand-ins for NumPy (`truth.proxies`), without what earlier calls have left in them."""
        if id(stand_ins) not in self._views:
            self._views[id(stand_ins)] = self.with_tree(self.tree, stand_ins.builtins(), stand_ins)
        view = self._views[id(stand_ins)]
        view.update(self.initial_state())
        return view

    def with_tree(self, tree: ast.Module, builtins: dict[str, Any], stand_ins: Substitutes) -> dict[str, Any]:
        """New globals in which `tree`, an edited copy of `self.tree`, has been executed over `builtins`.

        Of functions that were given instead of a file, the globals are rebuilt over `stand_ins`, and the functions and classes of
        `tree` put in their place where it differs from `self.tree`. `FileError` when the tree does not run.
        """
        if self._given is None:
            return self._execute(tree, builtins)
        namespace = rebuilt(self.namespace, stand_ins)
        if tree is not self.tree:
            namespace["__builtins__"] = builtins
            self._define(tree, namespace)
        return namespace

    def with_source(self, text: str, zeroed: frozenset[tuple[str, str, float]] = frozenset()) -> Program:
        """The same program with an edited source; `FileError` when it cannot be parsed or executed.

        `zeroed` are constants (file, function, value) that are taken out of the modules beside the file.
        """
        if self._given is None:
            return Program(text, self.filename, None, self.call_limit, replace(self._form_of(text), zeroed=zeroed))
        edited = Program(text, self.filename, dict(self.namespace), self.call_limit)
        self._define(edited.tree, edited.namespace)
        edited._state = edited._mutable_globals()
        return edited

    def _form_of(self, text: str) -> Form:
        """The form of an edited text, whose own lines may have become more or fewer."""
        if self.form.own_lines is None:
            return self.form
        return replace(self.form, own_lines=self.form.own_lines + text.count("\n") - self.text.count("\n"))

    def with_harness(self, text: str) -> Program:
        """The file with a harness behind it, which defines make_inputs, forward and backward in terms of what is before it."""
        tree = ast.parse(text)
        defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
        own = {n.name for n in self.tree.body if isinstance(n, ast.FunctionDef)}
        body = self.text if self.text.endswith("\n") else self.text + "\n"
        form = replace(self.form, own_lines=body.count("\n"), moved=frozenset(defined & own))
        return Program(body + text, self.filename, None, self.call_limit, form)

    def bare(self) -> Program:
        """The file without a harness."""
        own = "".join(self.text.splitlines(True)[: self.form.own_lines])
        return Program(own, self.filename, None, self.call_limit, replace(self.form, own_lines=None, moved=frozenset()))

    def _define(self, tree: ast.Module, namespace: dict[str, Any]) -> None:
        """Execute the functions and classes of `tree` that `namespace` has, and nothing else of it."""
        body: list[ast.stmt] = [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.name in namespace]
        exec(compile(ast.Module(body, []), self.filename, "exec", dont_inherit=True), namespace)


def copy_inputs(inputs: Inputs) -> Inputs:
    """A copy whose arrays can be written to without harm."""
    return {k: v.copy() if isinstance(v, np.ndarray) else copy.deepcopy(v) for k, v in inputs.items()}


def _source_around(function: Callable) -> str:
    """The file of a function, or its own lines at their place in the file, or nothing."""
    try:
        lines, start = inspect.getsourcelines(function)
        whole = "".join(inspect.findsource(function)[0])
    except (OSError, TypeError):
        return ""
    if lines and not lines[0].startswith((" ", "\t")):
        return whole
    return "\n" * (start - 1) + textwrap.dedent("".join(lines))
