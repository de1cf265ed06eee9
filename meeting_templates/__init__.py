"""Content that ships with us: journeys, personas and meetings, as data (docs/meeting-templates.md)."""
