"""The commands of ``tpa-tf``, one module each: options in, one call, text and exit code out."""
