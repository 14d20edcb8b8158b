"""The history: change sets of any subject, with the fields of each object before and after."""
