"""Other systems' APIs over the same operations; see `apikeys.dialects`."""
