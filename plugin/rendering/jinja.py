"""What templates of every skin know: both languages, formats, wording, and the macros that are shared."""

from __future__ import annotations

from flask import Flask
from jinja2 import ChoiceLoader, PackageLoader, StrictUndefined

from plugin.rendering import acts, formats, forms, i18n, plan_words, privacy, static_files, wording


def install(app: Flask) -> None:
    """Before the application's first template is read."""
    own = app.jinja_loader
    shared = PackageLoader("plugin.rendering")
    app.jinja_loader = ChoiceLoader([own, shared] if own else [shared])
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.do")
    environment.globals.update(errors_of=forms.errors_of, asset=static_files.asset)
    for part in (i18n, formats, wording, plan_words, acts, privacy):
        part.install(app)
