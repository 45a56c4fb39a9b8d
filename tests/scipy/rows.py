"""Rows of the machine test for the functions of SciPy, one module a library."""

from tests.scipy import rows_images, rows_linalg, rows_signal, rows_special, rows_stats

__all__ = ["rows_images", "rows_linalg", "rows_signal", "rows_special", "rows_stats"]
