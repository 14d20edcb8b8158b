"""What each role may do in the console."""
