"""``python -m tpa_tf`` is ``tpa-tf``."""

from tpa_tf.cli import main

main()
