"""What rollouts and guided searches came to, as it is told, shown and stored. Values only.

Knows solutions and answers; not how they were written.
"""
