"""What WeasyPrint 70 leaves out of a tagged PDF, put in before it is written; found by the checkers pdfua and outloud.

- Header cells say whether they head a column or a row (ISO 14289-1, 7.5).
- Structure elements with an identifier are listed in an IDTree, without which the headers that cells name are found by
  nobody (ISO 32000-1, 14.7.2).
- Links are printed, as the rest of the page is (ISO 14289-1, 7.18.1).
- Attached files are associated with the document once each: WeasyPrint lists them twice.
"""

from typing import Any

import pydyf
from weasyprint.document import Document

_PRINT = 4


def finish(document: Document, pdf: pydyf.PDF) -> None:
    """Mend ``pdf`` in place: a finisher of WeasyPrint's."""
    known: dict[str, Any] = {}
    root: Any = None
    for one in pdf.objects:
        if not isinstance(one, dict):
            continue
        kind = one.get("Type")
        if kind == "/StructTreeRoot":
            root = one
        elif kind == "/Annot":
            one.setdefault("F", _PRINT)
        elif kind == "/StructElem":
            if one.get("S") == "/TH":
                one.setdefault("A", pydyf.Dictionary({"O": "/Table"})).setdefault("Scope", _scope(pdf, one))
            if "ID" in one:
                known[one["ID"].string] = one
    if root is not None and known:
        names = pydyf.Array()
        for key in sorted(known):
            names += [pydyf.String(key), known[key].reference]
        tree = pydyf.Dictionary({"Names": names})
        pdf.add_object(tree)
        root["IDTree"] = tree.reference
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def _scope(pdf: pydyf.PDF, cell: Any) -> str:
    """What a header cell heads: those in a table's head a column, others a row."""
    above = cell
    while "P" in above and above.get("S") != "/Table":
        above = pdf.objects[int(above["P"].split()[0])]
        if above.get("S") == "/THead":
            return "/Column"
    return "/Row"
