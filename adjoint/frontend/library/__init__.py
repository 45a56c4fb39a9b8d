"""What functions of the standard library, NumPy and SciPy stand for, where they are more than one operation."""
