"""Facts about IR functions that transforms ask for."""
