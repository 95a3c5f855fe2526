"""Why there is no answer: what somebody else's adapter did instead of returning one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ENDED", "GAVE_UP", "HUNG", "RAISED", "UNFIT", "AdapterFailure", "Failure", "How"]

How = Literal["raised", "unfit", "ended", "hung", "gave up"]
RAISED: How = "raised"
"""It raised something."""
UNFIT: How = "unfit"
"""It returned something else than it must."""
ENDED: How = "ended"
"""Its process came to an end, or spoke out of turn."""
HUNG: How = "hung"
"""It had not returned when its time was over."""
GAVE_UP: How = "gave up"
"""It was not asked, because its process was lost too often before."""

_REQUIRED = {
    "supports": "None or a sentence",
    "contract": "a Contract",
    "run": "a Trace",
    "findings": "a list of Finding",
    "forget_compiled": "None",
}


@dataclass(frozen=True)
class Failure:
    """Which member of an adapter failed, how, and what was seen of it (`told`): an error, a fault of the answer, an exit code, seconds."""

    member: str
    how: How
    told: str

    @property
    def sentence(self) -> str:
        """What happened, and what to do."""
        start = f"{self.member} must return {_REQUIRED[self.member]}"
        match self.how:
            case "raised":
                return f"{start}, got {self.told.rstrip('.')}. Run this case alone to see the whole message."
            case "unfit":
                return f"{start}: it {self.told.rstrip('.')}. See gradref_adapters.protocol."
            case "ended":
                return f"{start}, got nothing: it {self.told}. Run this case alone to see why."
            case "hung":
                return f"{start}, got nothing within {self.told} seconds. Its process was ended; give it more time or repair it."
            case "gave up":
                return (
                    f"{start}, and was not asked: its process was lost in {self.told} runs of this mode in a row. See those runs."
                )


class AdapterFailure(Exception):
    """Raised in place of an answer by an adapter that runs in a process of its own; `failure` says why."""

    def __init__(self, failure: Failure):
        super().__init__(failure.sentence)
        self.failure = failure
