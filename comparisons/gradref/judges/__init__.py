"""The judges: what is held against a run, and what each says of it.

Five siblings, each `rows(subject) -> list[Verdict]`: `equations` every equation on the trace's own tensors, `reference`, `enclosure`,
`golden` and `exact` the gradient as a whole against numbers known without it; `judge` is all five after another. `subject` is the run
they judge, `truth` and `known` what it is held against, `claims` what each tensor should be, `measure` how far it is from that,
`messages` and `hints` the words, `structure` what a trace must hold before any value is looked at.
"""

from .equations import Certificates, certificates, certify, certify_case
from .judge import Judgement, judge
from .subject import Subject
from .truth import Truth

__all__ = ["Certificates", "Judgement", "Subject", "Truth", "certificates", "certify", "certify_case", "judge"]
