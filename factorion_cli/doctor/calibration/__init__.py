"""What a running game really does, where documents and reports leave it open or this project relies on it."""

from factorion_cli.doctor.calibration.bench import Answer, Bench
from factorion_cli.doctor.calibration.places import bench_at, bench_of_binary
from factorion_cli.doctor.calibration.report import Calibration, calibrate, write_calibration

__all__ = ["Answer", "Bench", "Calibration", "bench_at", "bench_of_binary", "calibrate", "write_calibration"]
