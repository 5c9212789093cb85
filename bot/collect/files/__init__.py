"""Files: JSON lines, tables, exports of platforms and monitoring tools, a watched folder."""
