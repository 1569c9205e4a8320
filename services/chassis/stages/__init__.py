"""The two stages of a service: fold by member, reconcile by group.

A member's part takes in the member's events. A group is a set of members; its result is computed from their parts.
Which members a group has is decided elsewhere and arrives by topic: as assignments by member, as snapshots by group.
"""
