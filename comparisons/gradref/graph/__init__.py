"""Certificates over a graph of operations: any model, operation by operation."""

from .certifying import certify_graph, certify_model
from .functions import FunctionReport, check_function
from .model_report import EquationRow, ModelReport

__all__ = ["EquationRow", "FunctionReport", "ModelReport", "certify_graph", "certify_model", "check_function"]
