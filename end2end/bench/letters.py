# The same letters as server/mail/examples/letters.rs makes, with Python's own package: python3 letters.py FOLDER
# It is given the text version's template ready; Spindle makes that version out of each letter, makes the page safe, and reads the letter back.
import html
import re
import sys
import time
from email.message import EmailMessage
from email.headerregistry import Address
from email.policy import SMTP
from pathlib import Path

folder = Path(sys.argv[1])
page = (folder / "letter.html").read_text()
text = (folder / "letter.txt").read_text()
logo = (folder / "logo.png").read_bytes()
keys, *rows = [line.split("\t") for line in (folder / "people.tsv").read_text().splitlines()]
FIELD = re.compile("«([^»]+)»")
NAMES = {
    "Aanhef": "contact.salutation", "Naam": "contact.name", "Bedrijf": "contact.company", "Plaats": "contact.city",
    "Mijn Voornaam": "me.first_name", "Mijn E-mail": "me.email", "Mijn Bedrijfsnaam": "company.name", "Mijn Plaats": "company.city",
    "Mijn Logo": "logo",
}


def merged(template, values, escape):
    return FIELD.sub(lambda found: escape(values[NAMES[found[1]]]) if found[1] in NAMES else found[0], template)


def address(name, whole):
    return Address(name, *whole.split("@"))


size = 0
start = time.perf_counter()
for nth, row in enumerate(rows):
    values = dict(zip(keys, row))
    cid = f"{nth}.logo@firma.example"
    values["logo"] = ""
    letter = EmailMessage(policy=SMTP)
    letter["Date"] = "Mon, 2 Nov 2026 10:15:00 +0100"
    letter["From"] = address(values["me.first_name"], values["me.email"])
    letter["To"] = address(values["contact.name"], values["contact.email"])
    letter["Subject"] = merged("Prijslijst voor «Bedrijf»", values, str)
    letter["Message-ID"] = f"<{nth}@firma.example>"
    letter.set_content(merged(text, values, str))
    shown = page.replace("«Mijn Logo»", f'<img src="cid:{cid}" alt="{html.escape(values["company.name"])}" width="240" height="48">')
    body = merged(shown, values, html.escape)
    letter.add_alternative(f'<!doctype html><html><head><meta charset="utf-8"></head><body>{body}</body></html>', subtype="html")
    letter.get_payload()[1].add_related(logo, "image", "png", cid=f"<{cid}>", disposition="inline", filename="image1.png")
    raw = letter.as_bytes()
    size += len(raw)
    if nth == 0:
        (folder / "python.eml").write_bytes(raw)
print(len(rows), time.perf_counter() - start, size)
