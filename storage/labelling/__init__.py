"""How solutions reach people and their labels are taken in: queues, leases, slots, entry quiz, drafts, label events, blinding.

Knows one task and one person at a time. Does not know what several people's labels add up to.
"""
