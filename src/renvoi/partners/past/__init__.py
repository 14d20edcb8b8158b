"""What was decided, and how things stood, at an earlier time: explanations, and two tables side by side."""
