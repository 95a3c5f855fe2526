"""No two modules of a package share a name, unless they are siblings by design: a reader who hears a file's name knows the file."""

from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    path.parent.name: path.parent
    for room in ("reference", "adapters", "comparisons")
    for path in (ROOT / room).glob("*/__init__.py")
}

# package -> {reason: names that more than one of its rooms uses}
SHARED = {
    "gradref_reference": {
        "the equations and the functions themselves, their enclosure, their error bounds": "equations functions",
    },
    "gradref_adapters": {
        "one folder per framework, with the same files": "adapter contract environment findings functions jacobians modes network",
        "what two frameworks have and NumPy has not": "contestants defaults",
    },
    "gradref": {
        "the suite's golden networks, and the judge of their known numbers": "golden",
        "a network's equations, and those of any model's graph": "equations",
        "a command and what it calls": "compare",
        "tables of a page, and of a bench; measures of a judge, and of a bench": "tables measure",
    },
    "gradref_derivations": {
        "a sheet of equations is read, judged, repaired and reported as a program is": "calls check costs edits judge names report "
        "statements values wording",
        "the harness for code without one, and the repair of it": "gathering",
        "found in the code, and tried by an operator": "constants",
    },
}


def shared(modules: list[Path]) -> dict[str, list[str]]:
    """name -> the folders that have a module of this name, where there is more than one."""
    folders = defaultdict(list)
    for path in modules:
        if not path.name.startswith("__"):
            folders[path.stem].append(str(path.parent))
    return {name: sorted(where) for name, where in folders.items() if len(where) > 1}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_is_shared_only_where_the_table_says_why(package):
    found = shared([path.relative_to(PACKAGES[package]) for path in PACKAGES[package].rglob("*.py")])
    known = {name for names in SHARED.get(package, {}).values() for name in names.split()}
    assert set(found) - known == set(), {name: found[name] for name in set(found) - known}
    assert known - set(found) == set(), "no longer shared: take them out of the table"


def test_a_shared_name_is_found():
    assert shared([Path("a/x.py"), Path("b/x.py"), Path("b/y.py"), Path("a/__init__.py"), Path("b/__init__.py")]) == {
        "x": ["a", "b"]
    }
