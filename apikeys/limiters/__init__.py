"""Where what is counted changes: three implementations of `base.Limiter`."""
