"""How people come to say something: queues, leases, slots, the entry quiz, drafts and label events, blinding.

Knows one task and one person at a time. Does not know what several people's labels add up to.
"""
