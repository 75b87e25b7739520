"""What people and agents do on a server with the mod: recorded as events, replayed, and made into demonstrations."""
