"""Sends what is meant for HubSpot's own host to the stand-in: others' syncs have that host written in their code.

Python imports this by itself before anything else, where its folder is in ``PYTHONPATH``. Nothing else is changed.
"""

import os

from requests.adapters import HTTPAdapter

THEIRS = "https://api.hubapi.com"

_send = HTTPAdapter.send


def _send_to_stand_in(self, request, *args, **options):
    request.url = request.url.replace(THEIRS, os.environ["STAND_IN"], 1)
    return _send(self, request, *args, **options)


HTTPAdapter.send = _send_to_stand_in
