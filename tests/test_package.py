"""The names that scripts start from are there."""

import pytest

import intonation


def test_names_are_those_of_their_rooms():
    assert intonation.__all__ == sorted(intonation.DEFINED_IN)
    for name in intonation.__all__:
        assert getattr(intonation, name).__module__ == intonation.DEFINED_IN[name]
        assert name in dir(intonation)
    with pytest.raises(AttributeError, match="has no attribute 'train'"):
        intonation.train  # noqa: B018
