"""Synthesizes the clusters of this repository; see cdktf.json for which, and ``tpa-tf synth`` for single ones."""

import sys
from pathlib import Path

from tpa_tf.app import main

if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))
