"""The lecture judged: every formula, and every known mistake, before five independent judges."""

from .judges import Opinion, judge
from .verdicts import ItemVerdict, MistakeVerdict, judge_item, judge_mistakes

__all__ = ["ItemVerdict", "MistakeVerdict", "Opinion", "judge", "judge_item", "judge_mistakes"]
