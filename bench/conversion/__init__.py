"""How fast a conversion report is, and what keeping it current costs; see ``bench/README.md``."""
