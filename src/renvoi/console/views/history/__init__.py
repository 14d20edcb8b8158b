"""The pages of the history: its list, one step, and what happened to one partner."""
