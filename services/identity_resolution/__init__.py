"""Who is who: ties accounts into customers, by evidence."""
