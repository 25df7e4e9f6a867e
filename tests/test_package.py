"""The names that scripts start from: there, and nothing heavy loaded until they are used."""

import subprocess
import sys

import pytest

import intonation


def loaded_after(code):
    """Top-level modules that a fresh interpreter has loaded."""
    told = f"{code}\nimport sys\nprint(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in run.stdout.split()}


def test_importing_the_package_imports_nothing_heavy():
    heavy = {"torch", "numpy", "pandas", "parselmouth", "captum", "matplotlib", "anywidget"}
    assert not loaded_after("import intonation") & heavy
    assert "torch" not in loaded_after("from intonation import read_labels, read_questions")


def test_names_are_those_of_their_rooms():
    assert intonation.__all__ == sorted(intonation.DEFINED_IN)
    for name in intonation.__all__:
        assert getattr(intonation, name).__module__ == intonation.DEFINED_IN[name]
        assert name in dir(intonation)
    with pytest.raises(AttributeError, match="has no attribute 'train'"):
        intonation.train  # noqa: B018


def test_reading_stored_relevance_imports_no_widget():
    slow = {"anywidget", "IPython", "ipywidgets", "traitlets", "captum", "matplotlib"}
    assert not loaded_after("import intonation.lrp.store, intonation.lrp.methods") & slow


def test_what_an_explanation_says_needs_numpy_and_torch_alone():
    loaded = loaded_after("import intonation.lrp.relevance")
    assert "torch" in loaded and not loaded & {"pandas", "scipy", "parselmouth", "sklearn"}
