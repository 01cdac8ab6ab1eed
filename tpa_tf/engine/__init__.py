"""From stacks in memory to the files of a CDKTF output directory: the only place with cdktf."""
