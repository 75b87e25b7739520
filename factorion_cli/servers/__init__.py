"""Game servers, real and embedded: their processes, the wire to them, and what can be asked of them."""
