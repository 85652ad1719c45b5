"""Text to vectors, locally, with fastembed."""

import os

# onnxruntime reports the machine it runs on to its maker as soon as it is imported; it reads this then, and only then.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
