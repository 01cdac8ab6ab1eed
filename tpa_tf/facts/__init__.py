"""What AWS is asked, one module a topic: the question, the answer as the record has it, and how AWS is asked.

The only place that calls AWS, and every call only reads.
"""
