"""Time limits of the tests: what a quiet machine of 2020 needs at most, times one factor.

They only end what hangs. VEIL_TEST_TIME_SCALE is the factor; ctest sets it from the build's option of the same name.
"""
import os

SCALE = float(os.environ.get("VEIL_TEST_TIME_SCALE", "10"))


def limit(seconds):
    """Seconds to wait at most for what a quiet machine does in `seconds`."""
    return seconds * SCALE
