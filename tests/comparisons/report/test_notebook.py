"""A styled frame in a notebook, and the old place of it."""

import numpy as np
import pytest

import gradref
from gradref.report.notebook import style
from gradref_reference import DataError


@pytest.fixture(scope="module")
def frame():
    network = gradref.Network((2, 3, 1), "tanh")
    rng = np.random.default_rng(0)
    parameters = gradref.initialize(network, rng)
    batch = gradref.Batch(rng.standard_normal((4, 2)), rng.standard_normal((4, 1)))
    trace = gradref.backprop(network, parameters, batch)
    trace.dW[2][0, 1] *= -1
    return gradref.certify(network, parameters, batch, trace)


def test_disagreements_come_first_and_the_rest_is_counted(frame):
    text = style(frame, rows=3).to_html()
    assert "1 of 11 checks disagree; 8 more are not shown" in text
    assert text.index("✗ fail") < text.index("✓ pass")
    assert "layer 2, BP4: dW[2] must satisfy" in text


def test_a_frame_without_verdicts_is_refused(frame):
    with pytest.raises(DataError, match="must be given a frame of verdicts"):
        style(frame[["case"]])


def test_the_old_place_warns_and_works(frame):
    from gradref import arbitration, display

    with pytest.warns(DeprecationWarning, match=r"gradref\.display is called gradref\.report\.notebook now"):
        assert display.style is style
    with pytest.warns(DeprecationWarning, match="is called Standing now"):
        assert arbitration.Finding is arbitration.Standing
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        _ = display.other
