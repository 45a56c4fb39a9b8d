"""What runs a derivative: signature keys, dispatch, loading."""
