"""From findings to a plan, and from a plan to scripts with their rollbacks. Pure: it returns bytes and writes nothing."""
