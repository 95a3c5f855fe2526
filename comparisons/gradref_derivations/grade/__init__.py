"""Many submissions against one task: each in a process of its own, one table, one feedback file each."""

from .folder import grade_folder
from .judge import Grade
from .limits import Limits
from .task import Task

__all__ = ["Grade", "Limits", "Task", "grade_folder"]
