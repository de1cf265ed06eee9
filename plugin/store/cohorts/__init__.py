"""Cohorts counted from columns: what is derived of every deal, clustered for reports, and what has changed since.

``packed`` is how a deal's passages are stored; ``columns`` the clustered form that a question is counted on;
``heap`` sorts more rows than memory holds; ``column_file`` is the clustered form in a file, ``snapshot`` makes it;
``view`` sets the changes since against it.
"""
