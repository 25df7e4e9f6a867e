"""Sphinx extension: a button on each chapter's page that downloads it as a notebook.

The notebooks are staged with the site (`intonation.book.publishing.downloads`); pages whose
notebook is not there have no button.
"""

from pathlib import Path

FOLDER = "static/notebooks"  # of the sources; published below _static


def add_button(app, pagename, templatename, context, doctree) -> None:
    """Add the button to those that the theme draws in a page's header."""
    key = pagename.removeprefix("notebooks/")
    name = f"{key.replace('/', '_')}.ipynb"
    if key == pagename or not (Path(app.srcdir) / FOLDER / name).is_file():
        return
    context["header_buttons"].append(
        {
            "type": "link",
            "url": context["pathto"](f"_static/notebooks/{name}", 1),
            "tooltip": "Download this chapter as a notebook",
            "icon": "fas fa-download",
            "label": "download-notebook-button",
        }
    )


def setup(app) -> dict:
    """Register after the theme, which makes the list of buttons."""
    app.connect("html-page-context", add_button, priority=502)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
