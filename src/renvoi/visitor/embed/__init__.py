"""`/embed.js`: the script that shows on any website who serves a visitor. It is made once from the files beside it."""
