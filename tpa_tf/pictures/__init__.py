"""Pictures of a cluster: one model, drawn as a tree of text, as a Mermaid flowchart, and as a page."""
