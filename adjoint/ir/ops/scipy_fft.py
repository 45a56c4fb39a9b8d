"""`scipy.fft`: the same transforms as those of `np.fft`, under the same names."""

from __future__ import annotations

from scipy import fft

from adjoint.ir.opset import also

for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    also(_name, getattr(fft, _name), "a, n, axis, norm, overwrite_x, workers, plan")
for _name in ("fft2", "ifft2", "fftn", "ifftn", "rfft2", "irfft2", "rfftn", "irfftn"):
    also(_name, getattr(fft, _name), "a, s, axes, norm, overwrite_x, workers, plan")
for _name in ("fftfreq", "rfftfreq"):
    also(_name, getattr(fft, _name), "n, d, xp, device")
for _name in ("fftshift", "ifftshift"):
    also(_name, getattr(fft, _name), "x, axes")
