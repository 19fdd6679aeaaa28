"""What does an embedding model say of these texts? A process of its own, so that the web process stays without torch.

    python -m app.embedding FOLDER

JSON lines in, {"text": …}; JSON lines out in the same order, {"vector": […]} with whole numbers from -127 to 127. A
folder that cannot be used is one line on stderr, exit code 1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from app import quiet
from core.papers.similarity.embedding import BadEncoder, encode

FAILED, USAGE = 1, 2


def main(arguments: list[str]) -> int:
    """Answer stdin on stdout; the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("trendlab: name the folder of an embedding model, and nothing else\n")
        return USAGE
    quiet.imports()
    texts = [json.loads(line)["text"] for line in sys.stdin if line.strip()]
    try:
        for vector in encode(Path(arguments[0]), texts):
            sys.stdout.write(json.dumps({"vector": vector.tolist()}) + "\n")
            # The reader may run out of patience: what is done is handed over.
            sys.stdout.flush()
    except BadEncoder as error:
        sys.stderr.write(f"trendlab: {error}\n")
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
