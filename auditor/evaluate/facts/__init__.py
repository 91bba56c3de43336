"""The facts that JSONPath and JSON Schema cannot work out themselves, one file for each subject.

Each file has a function that takes a context and writes its paths into the evidence. A fact is written only
where it is certain; a fact in doubt is unknown with its causes. Nothing here knows any app by name.
"""
