"""Where a debtor can pay at once: payment providers behind one small protocol."""
