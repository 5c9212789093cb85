"""Where? Text to places, or an honest nothing."""
