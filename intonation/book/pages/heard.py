"""Single recordings on a page: heard where they stand, and opened in the inspector."""

import base64
import html
from urllib.parse import urlencode

from IPython.display import HTML
from parselmouth import Sound

from intonation.corpus.sounds import encoded_mp3

RATE_HZ = 24_000
PEAK = 0.8  # of full scale; MP3 of so few bits raises a tone by up to an eighth
INSPECTOR = "13_inspector.html"  # beside the other chapters
TARGET = "semitones"


def player(sound: Sound, name: str) -> HTML:
    """A recording within the page, as small MP3, with the page's own buttons.

    name: of the recording, told to those who do not see the page.
    """
    samples = sound.resample(RATE_HZ).values[0]
    loudest = max(float(abs(samples).max()), PEAK)
    encoded = base64.b64encode(encoded_mp3(samples * (PEAK / loudest), RATE_HZ)).decode("ascii")
    return HTML(
        f'<audio controls preload="none" aria-label="{html.escape(name)}" '
        f'src="data:audio/mpeg;base64,{encoded}"></audio>'
    )


def inspector_link(utterance_id: str, words: str = "") -> str:
    """A link to an utterance in the inspector of semitones, from another chapter's page."""
    asked = urlencode({"target": TARGET, "utterance": utterance_id})
    text = html.escape(words or utterance_id)
    return f'<a href="{INSPECTOR}#{html.escape(asked)}">{text}</a>'
