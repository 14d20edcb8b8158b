"""The pages on which a file of partners is uploaded, checked and imported."""
