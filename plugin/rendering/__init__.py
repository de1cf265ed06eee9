"""How results are worded, drawn and asked for, in both languages: what every skin that shows HTML shares."""
