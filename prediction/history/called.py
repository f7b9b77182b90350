"""What columns and activities are called in the files of other systems, in the languages and shorthand that are known."""

import re
from collections.abc import Mapping
from typing import Final

from domain.vocabulary import Channel
from prediction.history.file_map import ISSUED, Shape

CALLED: Final[Mapping[str, tuple[str, ...]]] = {
    "case": ("caseconceptname", "caseid", "case", "traceid", "trace", "casenumber", "caseno"),
    "activity": (
        "conceptname", "activity", "activityname", "event", "eventname", "eventtype", "task", "action", "aktivitat",
        "aktivitet", "vorgang", "hendelse", "tapahtuma",
    ),
    "time": (
        "timetimestamp", "completetimestamp", "timestamp", "eventtime", "eventtimestamp", "eventdate", "activitydate",
        "endtimestamp", "endtime", "completetime", "time", "datetime", "zeitstempel", "zeitpunkt", "tidspunkt", "tid", "date",
        "dato", "datum", "starttimestamp", "starttime",
    ),
    "invoice": (
        "invoicenumber", "invoiceno", "invoiceid", "invoice", "docid", "documentnumber", "documentno", "number",
        "fakturanummer", "fakturanr", "faktura", "rechnungsnummer", "rechnungsnr", "rechnung", "belegnummer", "belegnr",
        "belnr", "laskunumero", "laskunro", "claimid",
    ),
    "customer": (
        "customerid", "customernumber", "custnumber", "customerno", "customer", "clientid", "client", "debtorid", "debtor",
        "debtornumber", "casecustomer", "kundenummer", "kundenr", "kundennummer", "kundnummer", "kundnr", "kunde",
        "debitorennummer", "debitorennr", "debitornr", "debitor", "kunnr", "accountno", "asiakasnumero",
    ),
    "issued": (
        "invoicedate", "issuedate", "issued", "issuedon", "billdate", "documentcreatedate", "documentdate", "postingdate",
        "fakturadato", "fakturadatum", "rechnungsdatum", "belegdatum", "bldat", "budat", "buchungsdatum", "laskupaiva",
        "laskunpvm", "created",
    ),
    "due": (
        "duedate", "dueindate", "due", "dueon", "paymentduedate", "forfallsdato", "forfaldsdato", "forfall", "forfallodatum",
        "faelligkeit", "falligkeit", "falligkeitsdatum", "faelligkeitsdatum", "nettofalligkeit", "netdt", "faedt", "erapaiva",
    ),
    "amount": (
        "invoiceamount", "amount", "totalopenamount", "invoicetotal", "originalamount", "wrbtr", "dmbtr", "rechnungsbetrag",
        "bruttobetrag", "fakturabelop", "total", "belop", "belob", "belopp", "betrag", "summa", "sum", "value",
    ),
    "paid_on": (
        "settleddate", "paiddate", "datepaid", "paidon", "paymentdate", "cleardate", "clearingdate", "closedatdate", "augdt",
        "betaltdato", "betalingsdato", "betaltdatum", "betalt", "bezahltam", "zahlungsdatum", "zahlungseingang",
        "ausgleichsdatum", "maksupaiva",
    ),
    "paid": ("paidamount", "amountpaid", "paymentamount", "paid", "betaltbelop", "betragerhalten", "zahlbetrag"),
    "disputed_on": ("disputedon", "disputedate"),
    "disputed": ("disputed", "dispute", "isdisputed", "omtvistet"),
    "currency": ("currency", "invoicecurrency", "currencycode", "valuta", "valutakode", "waehrung", "wahrung", "waers"),
    "segment": ("segment", "customersegment", "customergroup", "kundengruppe"),
    "postcode": ("postcode", "postalcode", "zip", "zipcode", "postnummer", "postnr", "plz"),
    "channel": ("channel", "kanal"),
    "detail": ("detail",),
}  # fmt: skip
"""The names of each, the likeliest first."""
_DATE: Final = r"(date|dato|datum|dat|pvm|paiva|on|am)$"
LIKE: Final[Mapping[str, str]] = {
    "invoice": r"(invoice|faktura|rechnung|beleg|document|bill|bilag|lasku).*(no|nr|num|number|nummer|id)$",
    "customer": r"(customer|cust|client|debtor|debitor|kunde|kund|asiakas|payer).*(no|nr|num|number|nummer|numero|id|code)$",
    "issued": rf"(invoice|issue|bill|document|posting|faktura|rechnung|beleg|buchung|bilag|lasku).*{_DATE}",
    "due": rf"(due|forfall|forfald|forfalt|fallig|faellig|erapaiva|maturity).*{_DATE}",
    "amount": (
        r"^(?!.*(paid|pay|betalt|bezahlt|zahl|remain|open|rest|tax|vat|mwst|moms|mva|fee|gebyr))"
        r"(.*(amount|betrag|belop|belob|summa|total|gross|brutto)|.*(usd|eur|gbp|nok|sek|dkk)$)"
    ),
    "paid_on": rf"(paid|payment|clear|settle|closed|betal|bezahl|zahl|ausgleich|maks).*{_DATE}",
}
"""What a column is called at least, where none is called exactly so."""
ROLES: Final[Mapping[Shape, tuple[str, ...]]] = {
    "events": ("case", "activity", "time", "customer", "due", "currency", "segment", "postcode", "channel", "detail"),
    "invoices": (
        "invoice", "customer", "issued", "due", "amount", "paid_on", "paid", "disputed_on", "disputed", "currency", "segment",
        "postcode",
    ),
}  # fmt: skip
TERMS: Final = r"terms|netdays|^zbd1t$|zahlungsziel|betalingsbet|betalingsfrist|betalningsvillkor|maksuehto"
"""Columns of the days that an invoice gives to pay."""
WITHIN: Final = r"^(bukrs|companycode|company|gjahr|fiscalyear|businesscode|year|buchungskreis|geschaftsjahr)$"
"""Columns within which numbers of invoices are told anew."""
TYPES: Final = r"^(documenttype|doctype|blart|belegart|bilagsart|bilagstype|dokumenttype|lifecycletransition)$"
"""Columns that say of what kind a row is."""
WHOLE: Final = {"invoice", "invoices", "rv", "dr", "rechnung", "faktura", "lasku", "ri", "complete"}
"""What they say of an invoice, or of an event that is over."""
BEGIN: Final = r"creat|issue|post invoice|invoice posted|record invoice|opprett|erstell|luotu"
ACTIVITIES: Final = (
    (r"notify|notified", "message"),
    (r"result|decision|outcome|resolved|upheld|rejected", "dispute ended"),
    (r"appeal|disput|object|complain|reklam|einspruch|klage|innsigelse|valitus", "dispute"),
    (r"(promise|ptp).*(broken|not kept|missed)|broken promise", "promise broken"),
    (r"(promise|ptp).*(kept|fulfil)", "promise kept"),
    (r"promise", "promise"),
    (r"instal|payment plan|avdrag", "plan"),
    (r"(payment|debit|draw).*(fail|declin|return|bounce)|(failed|declined|returned).*(payment|debit)", "draw failed"),
    (r"overdue|payment due|invoice due|due date|terms|chargeback|refund", None),
    (r"(send|sent).*(remind|dunning|purring|mahn)|(remind|dunning|purring|mahn).*(send|sent)", "message"),
    (r"penalt|\bfee|charge|gebyr|avgift|surcharge|zuschlag", "fee"),
    (r"remind|dunning|purring|mahn|påminn|muistutus", "message"),
    (r"inkassovarsel|(collection|inkasso).*(notice|warning|letter|varsel)", "notice"),
    (r"(collection|inkasso).*(call|phone)", "call"),
    (r"collection|inkasso|hand.?off|handed|agency|perint", "hand-off"),
    (r"write.?off|written|avskriv|ausbuch|bad debt", "written off"),
    (r"credit note|credit memo|kreditnota|gutschrift", "credit"),
    (r"interest|zins|rente\b", "interest"),
    (r"fees\b", "fee"),
    (r"\bpay|paid|betal|zahlung|maksu|settle|clear", "payment"),
    (r"bounce|undeliver|returned|not delivered", "not delivered"),
    (r"\bread\b|opened|viewed", "read"),
    (r"visit", "visit"),
    (r"\bcall|phone|ring", "call"),
    (BEGIN, ISSUED),
    (r"notice|notification|warn|varsel|varoitus", "notice"),
    (r"send|sent|mail|letter|sms|message", "message"),
    (r"repl|answer", "reply"),
    (r"cancel|clos|dismiss|withdraw|void|archiv", "closed"),
)  # the first that fits
"""What activities mean by their names, in small letters; None: a name that is like another's, and means nothing here."""
BY: Final = (
    (r"sms|text message", Channel.SMS),
    (r"e-?mail", Channel.EMAIL),
    (r"letter|post|brev|brief", Channel.LETTER),
    (r"call|phone", Channel.PHONE),
    (r"whatsapp|app\b", Channel.DIRECT_MESSAGE),
)
_BEFORE: Final = re.compile(r"^(\(case\)|case:|event:|e:|@@)\s*", re.IGNORECASE)


def plain(name: str) -> str:
    """A column's name in small letters and numbers alone, without what process-mining tools write before it."""
    spelt = name.lower().translate(str.maketrans("åäøöéü", "aaooeu"))
    bare = re.sub(r"[^a-z0-9]", "", spelt)
    return bare if bare in _EXACT else re.sub(r"[^a-z0-9]", "", _BEFORE.sub("", spelt))


_EXACT: Final = {word for words in CALLED.values() for word in words}
