"""What people labelled: annotations, votes, disagreements, adjudication, final labels, history.

Knows labels that are submitted. Does not know who may still change what.
"""
