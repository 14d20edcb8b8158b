"""Golden visitors: visitors of whom staff have written down what they are to get, and the check that they do."""
