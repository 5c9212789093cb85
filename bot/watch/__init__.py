"""What stands out: places, hours, and how heated it is. Values in, values out."""
