"""`make wheel-test` runs the tests against the built wheel; this one makes sure of it."""

import os
from pathlib import Path

import pytest

import gradref
import gradref_adapters
import gradref_reference


@pytest.mark.parametrize("package", [gradref, gradref_adapters, gradref_reference], ids=lambda p: p.__name__)
def test_package_under_test_is_the_installed_one(package):
    installed = os.environ.get("GRADREF_INSTALLED")
    if installed is None:
        pytest.skip("the checkout itself is under test")
    assert Path(package.__file__).is_relative_to(installed)
    assert (Path(package.__file__).parent / "py.typed").is_file()


def test_the_studies_stay_in_the_checkout():
    installed = os.environ.get("GRADREF_INSTALLED")
    if installed is None:
        pytest.skip("the checkout itself is under test")
    assert not (Path(installed) / "gradref_studies").exists()
