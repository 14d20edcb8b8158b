"""The days of the operator's calendar: in which time zone they begin and end."""
