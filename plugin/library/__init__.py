"""Content as data: journeys, personas and meeting templates, read from files that a company may replace.

``load_journey``, ``load_personas`` and ``Library.of`` read them, and refuse a broken file with all its faults at once;
``check_folder`` lists the faults; ``compose`` makes the kit of one meeting for one deal.
"""
