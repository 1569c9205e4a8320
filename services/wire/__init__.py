"""What the services share of Rapport's own messages: reading each other's, announcing and answering with their own.

It knows the protos and the chassis, and no service.
"""
