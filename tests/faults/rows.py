"""The faults and bad input that the program must survive: a number for each, and what is then expected.

Tests say with ``@pytest.mark.fault(row)`` which of them they hold; ``test_every_row`` holds both together.
"""

ROWS = {
    1: "one endpoint refuses: the rules that rest on it are unknown and name the permission, no other is touched",
    2: "pages: a second one, an empty one with a link, an expired token on the third, a repeated one: all of it, once",
    3: "throttling in every form, server errors, time-outs, resets, cut or wrong bodies: waited out, or told as a gap",
    4: "a failed part of a batch among good ones: that part alone is asked again",
    5: "anything that is no read, or leads to another host: refused before it leaves the process",
    6: "any one request of a scan fails in any way: no pass that is not one, no drift that did not happen",
    7: "the later of two scans is partial: what it lacks is not comparable, and nothing counts as removed",
    8: "no app, no rules, no tenants, nothing known: never 0, never compliant",
    9: "killed while writing history or reports: the old state or the new, never half of one",
    10: "two scans at once on one store: both are recorded, or one waits or says why not",
    11: "a full disk, a folder that takes no files, an unreadable configuration: path and cause, nothing lost",
    12: "markup, control and bidirectional characters in every text of a tenant: inert in every output",
    13: "script addresses and link syntax in fields that hold addresses: text, never a link",
    14: "files, metadata addresses and attachments named in what becomes a PDF: nothing is fetched",
    15: "cells that begin like a formula: neutralised, and readable back",
    16: "quotes, expansions and comment ends of three script languages: one literal, equal to the input",
    17: "names that are paths, devices, too long or pictures: files are named by id, inside the folder",
    18: "a secret, a token and a private key at debug level and in a traceback: in no log, store, report or script",
    19: "a tampered evidence bundle: told what was changed, and nothing written outside",
    20: "a clock that jumps, leap days, far years, dates ahead, fractions of seconds: the right status",
    21: "a hundred thousand assignments, sixty thousand apps, a name of 300 KB: bounded memory, and counts told",
    22: "of many tenants one hangs, one is locked out, one is throttled for ever: the rest are done, each is named",
    23: "interrupted in mid-scan: what is done is recorded, and a resumed scan goes on",
    24: "unknown values, new properties, missing ones, null for a list: decoded, and unknown where it matters",
}
"""Row → what must hold."""
