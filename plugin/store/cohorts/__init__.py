"""Cohorts counted from columns: what is derived of every deal, clustered for reports, and what has changed since.

``packed`` is how a deal's passages are stored; ``columns`` the clustered form that a question is counted on;
``column_file`` that form in a file; ``snapshot`` makes the file; ``view`` sets the changes since against it.
"""
