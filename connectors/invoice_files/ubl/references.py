"""What the buyer finds a UBL invoice by."""

from connectors.invoice_files.ubl.document import Document

_NOTHING = {"NA", "N/A", "-"}  # what stands where the form asks for a reference and the buyer has none


def reference(document: Document, path: str) -> str | None:
    """What the buyer finds the invoice by, cut where it is no reference any more; None for a word that says that it has none."""
    text = document.text(path)
    if text is None and len(of_lines := document.texts(f"{document.line_path}/{path}")) == 1:
        text = of_lines[0]  # the same of every line that tells it
    return None if text is None or text.upper() in _NOTHING else text[:200]
