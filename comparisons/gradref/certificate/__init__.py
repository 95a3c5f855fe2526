"""Certificates: is a trace right, equation by equation, with an allowance that is derived and not chosen.

`structure` what a trace must hold, `estimates` what each tensor should be, `judge` the verdict on one tensor, `messages` and
`hints` the sentence a reader sees, `certify` the way through, `reference` the gradient as a whole against the reference.
"""

from .certify import Certificates, certify, certify_case, certify_trace
from .judge import Judgement, judge
from .reference import reference_verdicts

__all__ = ["Certificates", "Judgement", "certify", "certify_case", "certify_trace", "judge", "reference_verdicts"]
