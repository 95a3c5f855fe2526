"""Certificates over a graph of operations: any model, operation by operation."""

from .certifying import certify_graph, certify_model
from .model_report import EquationRow, ModelReport

__all__ = ["EquationRow", "ModelReport", "certify_graph", "certify_model"]
