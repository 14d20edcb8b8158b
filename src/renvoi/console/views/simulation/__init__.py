"""Pages about visits that have not taken place: what one visitor would get, and what all of them would."""
