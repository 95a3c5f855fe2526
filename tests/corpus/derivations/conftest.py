"""The corpus is data: derivations are run by the tests and the study, never collected."""

collect_ignore_glob = ["open/*.py", "held_out/*.py"]
