"""gRPC: a server that drains, a client that knows its deadlines, errors that say what to do."""
