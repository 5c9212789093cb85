"""The jobs beside collecting: each joins edges and core, takes `now`, and reads like what it does."""
