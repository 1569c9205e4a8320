"""What every service stands on: batches, stages, store, calls, settings, logs and clock. It knows no business word."""
