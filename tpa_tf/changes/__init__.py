"""What a plan does to instances and their volumes: one that is predicted (impact), and one that is read (review)."""
