"""The only room that talks to a network: sign-in, read-only transport, catalogue, paging, batching, decoding.

It reads Microsoft Graph v1.0 and gives a snapshot with the coverage that it rests on. It never writes to a tenant,
never judges what it read, and never turns something unread into a value.
"""
