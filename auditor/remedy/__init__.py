"""From findings to a plan, and from a plan to scripts with their rollbacks. Pure: returns bytes, writes nothing."""
