"""What a website of the operator asks the gateway for: `/api/v1/decision` and `/embed.js`."""
