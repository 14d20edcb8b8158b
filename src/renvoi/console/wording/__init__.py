"""What the console's pages say of values of the domain, in sentences and phrases of the active language."""
