import pytest
from patterns import LABEL

from intonation.errors import LabelError
from intonation.labels.label_shape import (
    ENGLISH,
    ENGLISH_OLDER,
    JAPANESE,
    KNOWN_SHAPES,
    MERLIN,
    LabelShape,
)

JAPANESE_TEXT = (
    "xx^sil-k+o=N/A:-4+1+5/B:xx-xx_xx/C:09_xx+xx/D:xx+xx_xx/E:xx_xx!xx_xx-xx"
    "/F:5_5#0_xx@1_1|1_5/G:xx_xx%xx_xx_xx/H:xx_xx/I:1-5@1+1&1-1|1+5/J:xx_xx/K:1+1-5"
)


def test_english_has_the_53_fields_of_the_taxonomy_table():
    assert len(ENGLISH.field_names) == 53
    values = dict(zip(ENGLISH.field_names, ENGLISH.split(LABEL), strict=True))
    assert (values["p3"], values["b16"], values["h5"], values["j3"]) == ("b", "ey", "L-L%", "1")


def test_a_value_may_hold_marks_that_do_not_end_its_field():
    text = LABEL.replace("hh^aw", "h#^h#")
    assert ENGLISH.split(text)[:3] == ("h#", "h#", "b")


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (ENGLISH_OLDER, LABEL.replace("8=8^1", "8=8@1")),
        (JAPANESE, JAPANESE_TEXT),
        (
            MERLIN,
            "x~x-#+k=@:0_0/A/0_0_0/B/0-0-0:0-0&0-0#0-0$0-0>0-0<0-0|0/C/1+1+3/D/0_0"
            "/E/0+0:0+0&0+0#0+0/F/0_2/G/0_0/H/0=0:1=1&L-L%/I/3_2/J/9+6-1",
        ),
    ],
)
def test_other_known_shapes_fit_their_labels_and_no_others(shape, text):
    assert shape.fits(text)
    assert [known for known in KNOWN_SHAPES if known.fits(text)] == [shape]


@pytest.mark.parametrize("text", [LABEL[:-3], LABEL + "/K:1", "b", "", LABEL.replace("/D:", "/d:")])
def test_other_texts_do_not_fit(text):
    assert not ENGLISH.fits(text)
    assert ENGLISH.split(text) is None


def test_a_declared_shape_with_a_long_separator():
    shape = LabelShape("mine", "<{a}::{b}/X:{c}>")
    assert shape.split("<1:2::3/X:4>") == ("1:2", "3", "4")
    assert not shape.fits("<1:2/X:4>")


@pytest.mark.parametrize("template", ["", "no fields", "{a}{b}", "{a}-{a}"])
def test_a_template_that_cannot_be_split_is_refused(template):
    with pytest.raises(LabelError, match="label shape bad"):
        LabelShape("bad", template)


def test_a_million_marks_do_not_make_it_go_back():
    assert ENGLISH.split("-" * 1_000_000) is None
    assert ENGLISH.split(LABEL.replace("/H:8", "/H:" + "=^" * 500_000)) is not None
