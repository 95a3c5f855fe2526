"""Many submissions against one task: each in a process of its own, one table, one feedback file each."""

from gradref_support.process import Limits

from .folder import Graded, grade_folder
from .judge import Grade
from .submissions import find_submissions
from .task import Task

__all__ = ["Grade", "Graded", "Limits", "Task", "find_submissions", "grade_folder"]
