"""The world outside: topics, calls, documents, and the forms that values take there."""
