"""TOML and environment to frozen settings, and to the judge; or one clear ConfigError."""
