"""What customers file: the form's answers, which of them wait for a person, and what may be shown of all. Pure."""
