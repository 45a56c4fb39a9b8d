"""numpy.fft: real numbers go in, real numbers come out."""

from __future__ import annotations

from tests.callables.table import numbers, program

V, X, S = numbers(6), numbers(3, 4), numbers(2, 3, 4)

for name in ("fft", "ifft", "rfft", "ihfft"):
    calls = [
        f"np.abs(np.fft.{name}(v))",
        f"np.fft.{name}(v, 4)",
        f"np.fft.{name}(v, n=9).real",
        f"np.fft.{name}(x, axis=0)",
    ]
    calls += [f'np.fft.{name}(v, norm="{norm}").imag' for norm in ("ortho", "forward", "backward")]
    program(", ".join(calls), v=V, x=X)
for name in ("irfft", "hfft"):
    calls = [
        f"np.fft.{name}(v)",
        f"np.fft.{name}(v, 7)",
        f"np.fft.{name}(v + 1j * v, n=4)",
        f"np.fft.{name}(x, axis=0)",
    ]
    calls += [f'np.fft.{name}(v, norm="{norm}")' for norm in ("ortho", "forward", "backward")]
    program(", ".join(calls), v=V, x=X)
for name in ("fft2", "ifft2", "rfft2", "fftn", "ifftn", "rfftn"):
    calls = [
        f"np.abs(np.fft.{name}(x))",
        f"np.fft.{name}(s).real",
        f"np.fft.{name}(s, axes=(0, 1))",
        f'np.fft.{name}(x, norm="ortho")',
    ]
    program(", ".join(calls), x=X, s=S)
    program(f"np.fft.{name}(x, s=(4, 3), axes=(0, 1))", x=X)
for name in ("irfft2", "irfftn"):
    calls = [
        f"np.fft.{name}(x)",
        f"np.fft.{name}(s)",
        f"np.fft.{name}(x * 1j)",
        f"np.fft.{name}(s, axes=(0, 1))",
        f'np.fft.{name}(x, norm="ortho")',
    ]
    program(", ".join(calls), x=X, s=S)
    program(f"np.fft.{name}(x, s=(4, 5), axes=(0, 1))", x=X)
program(
    "np.fft.fftshift(v), np.fft.fftshift(x, axes=0), np.fft.ifftshift(v), np.fft.ifftshift(x, axes=(0, 1))", v=V, x=X
)
program("np.fft.fftfreq(5, d) * v[0], np.fft.rfftfreq(5, d) * v[0], np.fft.fftfreq(4) * d", v=V, d=0.3)
program("np.fft.irfft(np.fft.rfft(v) * np.fft.rfft(w), n=6)", v=V, w=numbers(6, seed=3))
program("np.real(np.fft.ifft2(np.fft.fft2(x) * np.fft.fft2(y)))", x=X, y=numbers(3, 4, seed=3))
program(
    "np.imag(np.conj(np.fft.fft(v))), np.fft.fft(v).conj(), np.conjugate(np.fft.fft(v)), np.fft.fft(v).conjugate()", v=V
)
