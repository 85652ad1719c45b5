"""Nothing tells anybody that, or where, somebody embeds."""

import subprocess
import sys


def test_the_runtimes_telemetry_is_off_before_the_runtime_is_loaded() -> None:
    code = (
        "import sys, os, shared.embedding.model; assert 'onnxruntime' not in sys.modules; "
        "print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")
