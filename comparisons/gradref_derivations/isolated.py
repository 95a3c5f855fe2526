"""`check_file` in a process of its own, so that code which hangs, exits or prints cannot take the caller with it.

What comes back is data, checked field by field: the caller never executes anything that the file could have sent. The file runs in
the process that judges it, with your rights; one that means to deceive its own check can. Check only files you would run yourself,
and grade those of others with `grade`, whose judge is another process than the code it judges.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from gradref_reference import errors
from gradref_reference.errors import FileError, GradrefError
from gradref_support.process import Child, Closed, Limits, Nonsense, TooManyProcesses, open_channel

from .check import BUDGET, check_file
from .findings.judging import Progress
from .findings.report import DerivationReport
from .findings.transfer import NotARecord, decoded, encoded
from .program.program import CALL_LIMIT

__all__ = ["check_file_isolated"]

GRACE = 50.0  # seconds without a sign of life, beyond all limits, after which it is ended; finding a harness may take 30


def check_file_isolated(
    path: str | Path,
    seeds: Iterable[int] = range(5),
    *,
    network: str | Path | None = None,
    inputs: str | None = None,
    cost: str | None = None,
    rate: float | None = None,
    budget: float = BUDGET,
    call_limit: float = CALL_LIMIT,
    progress: Progress | None = None,
    limits: Limits | None = None,
    harness: Callable[[str], None] | None = None,
) -> DerivationReport:
    """As `check_file`, in a child process, bound to `limits` if there are any; `FileError` when it dies or stays silent."""
    options = {"network": None if network is None else str(network), "budget": budget, "call_limit": call_limit}
    options |= {"inputs": inputs, "cost": cost, "rate": rate}
    job = {"path": str(path), "seeds": list(seeds), "options": options, "limits": limits and limits.as_dict()}
    with Child("gradref_derivations.isolated", crowded=limits is not None) as child:
        with suppress(Closed):  # it may still have left a reason
            child.send(job)
        return _listen(child, str(path), call_limit + budget + GRACE, progress, harness)


def _listen(
    child: Child, path: str, patience: float, progress: Progress | None, harness: Callable[[str], None] | None
) -> DerivationReport:
    early: DerivationReport | None = None
    while True:
        try:
            message, _ = child.receive(monotonic() + patience)
            if progress and "progress" in message:
                progress(str(message["progress"][0]), float(message["progress"][1]))
            elif "harness" in message and harness:
                harness(str(message["harness"]))
            elif "early" in message:
                early = decoded(DerivationReport, message["early"])
            elif "report" in message:
                return decoded(DerivationReport, message["report"])
            elif "error" in message:
                raise _error(*message["error"])
        except (TimeoutError, Closed, Nonsense, TooManyProcesses, NotARecord, KeyError, TypeError, ValueError) as error:
            if isinstance(error, GradrefError):
                raise
            if early is not None:
                return early
            raise FileError(_ended(error, path, patience, child)) from None


def _ended(error: Exception, path: str, patience: float, child: Child) -> str:
    if isinstance(error, TimeoutError):
        return f"{path}: must finish, but gave no sign of life for {patience:.0f} s. Look for an endless loop."
    if isinstance(error, Closed):
        how = child.ended_how() or "closed its channel"
        return f"{path}: must be runnable, but its process {how} without a result. Does it call os._exit?"
    if isinstance(error, TooManyProcesses):
        return f"{path}: must run in one process, but started many. Check it in a single process."
    return f"{path}: must leave its check alone, but something that is no report came back. Does it write to open files?"


def _error(name: str, message: str) -> GradrefError:
    kind = getattr(errors, name, FileError) if name in errors.__all__ else FileError
    return kind(message) if isinstance(kind, type) and issubclass(kind, GradrefError) else FileError(message)


def main() -> None:
    """The child: judge one file and send the report."""
    reply, request = open_channel()
    job: dict[str, Any] = request()[0]
    if job["limits"]:
        Limits(**job["limits"]).apply()
    sys.argv[:] = [job["path"]]
    last = [0.0]

    def progress(text: str, share: float) -> None:
        if monotonic() - last[0] > 0.1:
            last[0] = monotonic()
            reply({"progress": [text, share]})

    try:
        report = check_file(
            job["path"],
            job["seeds"],
            **job["options"],
            progress=progress,
            early=lambda r: reply({"early": encoded(r)}),
            harness=lambda text: reply({"harness": text}),
        )
        reply({"report": encoded(report)})
    except GradrefError as error:
        reply({"error": [type(error).__name__, str(error)]})
    except Closed:  # nobody listens any more
        pass
    except BaseException as error:
        sentence = f"{job['path']}: could not be judged ({type(error).__name__}: {error}). Please report this."
        reply({"error": ["FileError", sentence]})
    finally:
        os._exit(0)  # whatever threads or exit handlers the file has left


if __name__ == "__main__":
    main()
