"""What an edit or a plan does to machines and disks: foretold from configs (impact), and read from plans (review)."""
