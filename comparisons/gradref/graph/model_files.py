"""What `gradref model --out` writes: the page, the rows as CSV, the JSON object, JUnit."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as xml

from gradref.verdict import FAIL, SKIP
from gradref_support.atomic import write_set
from gradref_support.strict_json import dumps

from .model_page import page_of
from .model_report import ModelReport, described, detail

__all__ = ["FILES", "junit", "write_files"]

FILES = ("index.html", "model.json", "equations.csv", "junit.xml")


def write_files(report: ModelReport, folder: Path, title: str) -> None:
    """Write every file of a report into `folder`, as one set."""
    write_set(
        folder,
        {
            "index.html": page_of(report, title),
            "model.json": dumps(report.to_json()) + "\n",
            "equations.csv": report.frame().to_csv(index=False),
            "junit.xml": junit(report, title),
        },
    )


def junit(report: ModelReport, title: str) -> str:
    """One test case per equation, as CI systems read them."""
    failed, skipped = len(report.failed), sum(row.verdict == SKIP for row in report.rows)
    suite = xml.Element(
        "testsuite", name=title, tests=str(len(report.rows)), failures=str(failed), skipped=str(skipped), errors="0"
    )
    for row in report.rows:
        case = xml.SubElement(suite, "testcase", classname=row.module or "model", name=f"{row.equation} {described(row)}")
        if row.verdict == FAIL:
            xml.SubElement(case, "failure", message=detail(row))
        elif row.verdict == SKIP:
            xml.SubElement(case, "skipped", message=row.reason)
    return xml.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
