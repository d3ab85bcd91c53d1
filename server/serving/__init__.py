"""How the application meets the network: uvicorn, with time-outs, a WebSocket of its own, signals, one ready line."""
