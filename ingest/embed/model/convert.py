"""Published weights to a graph, in a process of its own: its libraries are on the machine for that long only.

Usage: python -m ingest.embed.model.convert WEIGHTS.safetensors MODEL.onnx
"""

import sys
from pathlib import Path

from safetensors.numpy import load_file

from ingest.embed.model.onnx_graph import graph

if __name__ == "__main__":
    weights, model = map(Path, sys.argv[1:])
    model.write_bytes(graph(load_file(weights)))
