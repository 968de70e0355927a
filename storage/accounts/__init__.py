"""People, roles, invitations, passwords, sessions, API tokens and the audit log.

Knows who somebody is. Does not know what anybody labels.
"""
