"""The page Coverage findings: what staff may have overlooked, what mends it, and what they accepted."""
