"""Import a file of partners: order its check, read its plan, and have it carried out exactly as it was shown."""
