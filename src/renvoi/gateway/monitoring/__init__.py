"""What the gateway reports about itself: /healthz, /readyz and /metrics."""
