"""The limiter in Redis or Valkey, and the scripts that are its atomic steps."""
