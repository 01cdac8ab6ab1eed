"""The resolved cluster: TPA's merging rules, the model, and the rules that need both."""
