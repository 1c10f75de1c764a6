// The contacts on the phone: the settings, and real CardDAV clients that are given no more than a host name.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { createDAVClient } from "tsdav";
import { temporary } from "../fixtures/machine.ts";
import { addContact, carryAlong, comeBack, expect, type Person, ready, register, test } from "../fixtures/index.ts";

const run = promisify(execFile);
const tools = process.env.SPINDLE_TOOLS ?? join(homedir(), ".cache", "spindle", "tools");
const python = join(tools, "vdirsyncer-0.21.0", "bin");

/** tsdav, given no more than a host. */
function davClient(serverUrl: string, { email: username, password }: Person) {
  return createDAVClient({ serverUrl, credentials: { username, password }, authMethod: "Basic", defaultAccountType: "carddav" });
}

/** As many contacts as an office has, without their pages. */
async function addMany(page: Page, count: number): Promise<void> {
  const empty = { company: "", function: "", phone: "", mobile: "" };
  const address = Object.fromEntries(["label", "street", "postcode", "city", "state", "country"].map((key) => [`form[address][${key}]`, ""]));
  let next = 0;
  const one = async () => {
    for (let n = next++; n < count; n = next++) {
      const fields = { kind: "person", first_name: `Nr ${n}`, last_name: "Velen", email: `nr${n}@velen.example`, ...empty };
      const form = { ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [`form[${key}]`, value])), ...address };
      const answer = await page.request.post("/api/app/contacts/verbs/add_contact", { form, maxRedirects: 0 });
      expect(answer.status()).toBeLessThan(400);
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

/** A folder that vdirsyncer keeps the same as the address book. */
class Folder {
  private constructor(private readonly place: string) {}

  static make(address: string, who: Person, password = who.password, readOnly = true): Folder {
    const place = temporary("vdir");
    mkdirSync(join(place, "cards"));
    const lines = [
      "[general]", `status_path = "${place}/status/"`,
      "[pair crm]", 'a = "here"', 'b = "there"', 'collections = ["from b"]', 'conflict_resolution = "b wins"',
      "[storage here]", 'type = "filesystem"', `path = "${place}/cards/"`, 'fileext = ".vcf"',
      "[storage there]", 'type = "carddav"', `url = "${address}/"`, `username = "${who.email}"`, `password = "${password}"`, `read_only = ${readOnly}`,
    ];
    writeFileSync(join(place, "config"), lines.join("\n"));
    return new Folder(place);
  }

  private async call(...args: string[]): Promise<void> {
    const env = { ...process.env, VDIRSYNCER_CONFIG: join(this.place, "config"), LC_ALL: "C.UTF-8" };
    const child = run(join(python, "vdirsyncer"), ["-v", "ERROR", ...args], { env });
    // "Should vdirsyncer attempt to create it?"
    child.child.stdin?.end("y\n".repeat(10));
    await child;
  }

  async discover(): Promise<void> {
    await this.call("discover", "crm");
  }

  async sync(): Promise<void> {
    await this.call("sync", "crm");
  }

  cards(): string[] {
    const folder = join(this.place, "cards", "contacts");
    return readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8")).sort();
  }

  /** The file of the card with this text in it. */
  private file(text: string): string {
    const folder = join(this.place, "cards", "contacts");
    const found = readdirSync(folder).map((name) => join(folder, name)).filter((path) => readFileSync(path, "utf8").includes(text));
    expect(found).toHaveLength(1);
    return found[0] as string;
  }

  add(name: string, card: string): void {
    writeFileSync(join(this.place, "cards", "contacts", name), card);
  }

  edit(of: string, from: string, to: string): void {
    const path = this.file(of);
    const text = readFileSync(path, "utf8");
    expect(text).toContain(from);
    writeFileSync(path, text.replace(from, to));
  }

  remove(of: string): void {
    rmSync(this.file(of));
  }

  /** Reads every card with vobject, which refuses what is no vCard 3.0. Answers their names. */
  async judged(): Promise<string[]> {
    const script = "import sys, vobject\nfor path in sys.argv[1:]:\n c = vobject.readOne(open(path, newline='').read()); c.validate(); print(c.fn.value)";
    const folder = join(this.place, "cards", "contacts");
    const paths = readdirSync(folder).map((name) => join(folder, name));
    const { stdout } = await run(join(python, "python"), ["-c", script, ...paths], { env: { ...process.env, PYTHONIOENCODING: "utf-8" } });
    return stdout.trim().split("\n").sort();
  }
}

test("[DAV-01, DAV-02, DAV-06, TFA-08] the page: on, a choice with its count, a letter, a device password, a diagnosis", async ({ page, spindle }) => {
  const who = await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerbouw.example" });
  await addContact(page, { Voornaam: "Zoë", Achternaam: "Müller" });
  await page.goto("/settings/phone");
  await ready(page);
  await expect(page.getByRole("heading", { name: "Apparaten", exact: true })).toHaveCount(0);
  await page.getByRole("switch", { name: "Relaties op uw telefoon" }).click();
  await expect(page.getByText("Er is nog geen relatie gekozen")).toBeVisible();
  const letter = await spindle.systemMail(who.email);
  expect(letter).toContain("DAVx5");

  await page.getByRole("switch", { name: "Alle relaties" }).click();
  await expect(page.getByText("2 relaties op uw apparaten")).toBeVisible();
  await expect(page.getByText("Nog geen apparaat heeft iets gevraagd. Na het instellen")).toBeVisible();
  await page.getByRole("button", { name: "Ongedaan maken" }).click();
  await expect(page.getByText("0 relaties op uw apparaten")).toBeVisible();
  await page.getByLabel("Zoek een relatie").fill("mül");
  await page.getByRole("button", { name: "Zoë Müller: op mijn apparaten" }).click();
  await expect(page.getByText("1 relatie op uw apparaten")).toBeVisible();

  await page.getByLabel("Naam van het apparaat").fill("iPhone");
  await page.getByRole("button", { name: "Maak een wachtwoord" }).click();
  await expect(page.getByText("Typ dit wachtwoord op iPhone.")).toBeVisible();
  const secret = (await page.locator(".phone__secret code").textContent()) ?? "";
  expect(secret).toMatch(/^([0-9a-z]{4}-){6}[0-9a-z]{4}$/);

  const folder = Folder.make(spindle.address, who, secret);
  await folder.discover();
  await folder.sync();
  expect(await folder.judged()).toEqual(["Zoë Müller"]);
  // What the device did stands on the page without loading it again.
  await expect(page.getByRole("heading", { name: "vdirsyncer" })).toBeVisible();
  await expect(page.getByText("met het wachtwoord ‘iPhone’")).toBeVisible();
  await page.getByRole("button", { name: "Trek het wachtwoord van iPhone in" }).click();
  await expect(page.getByText("Nog geen apparaatwachtwoorden.")).toBeVisible();
  await expect(folder.sync()).rejects.toThrow();

  const profile = await page.request.get("/phones/spindle.mobileconfig");
  expect(await profile.text()).toContain("com.apple.carddav.account");
  await page.reload();
  await expect(page.locator(".phone__secret")).toHaveCount(0);
});

test("[DAV-04, DAV-05, DAV-10, DAV-18, DAV-19] vdirsyncer: from the bare host to the cards, edits, removals, off and on", async ({ page, spindle }) => {
  test.slow();
  const who = await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerbouw.example", Mobiel: "06 12345678", Plaats: "Deventer" });
  await addContact(page, { Voornaam: "Zoë", Achternaam: "Müller; van, \\ der" });
  await carryAlong(page);
  const folder = Folder.make(spindle.address, who);
  await folder.discover();
  await folder.sync();
  expect(await folder.judged()).toEqual(["Jan Bakker", "Zoë Müller; van, \\ der"]);
  // A whole office at once.
  await addMany(page, 1_000);
  await folder.sync();
  expect(await folder.judged()).toHaveLength(1_002);
  expect(folder.cards().join("")).toContain("jan@bakkerbouw.example");

  await addContact(page, { Voornaam: "Fatima", Achternaam: "Aydin" });
  await page.goto("/settings/phone");
  await ready(page);
  await page.getByLabel("Zoek een relatie").fill("mül");
  await page.getByRole("button", { name: "Zoë Müller; van, \\ der: niet op mijn apparaten" }).click();
  await expect(page.getByText("Afgehouden")).toBeVisible();
  await folder.sync();
  const names = await folder.judged();
  expect(names).toHaveLength(1_002);
  expect(names).toContain("Fatima Aydin");
  expect(names).not.toContain("Zoë Müller; van, \\ der");

  await page.getByRole("switch", { name: "Relaties op uw telefoon" }).click();
  await expect(page.getByText("Uitgezet.")).toBeVisible();
  await expect(folder.sync()).rejects.toThrow();
});

test("[DAV-04, DAV-10] tsdav: discovery, first sync and changes by token", async ({ page, spindle }) => {
  const who = await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker" });
  await carryAlong(page);
  const client = await davClient(spindle.address, who);
  const books = await client.fetchAddressBooks();
  expect(books).toHaveLength(1);
  const [book] = books as [(typeof books)[number]];
  const cards = await client.fetchVCards({ addressBook: book });
  expect(cards).toHaveLength(1);
  expect(cards[0]?.data).toContain("FN:Jan Bakker");

  await addContact(page, { Voornaam: "Fatima", Achternaam: "Aydin" });
  const changed = await client.syncCollection({ url: book.url, props: { "d:getetag": {} }, syncLevel: 1, syncToken: book.syncToken ?? "" });
  expect(changed.filter((one) => one.href?.endsWith(".vcf"))).toHaveLength(1);
  const refused = await client.deleteVCard({ vCard: cards[0] as (typeof cards)[number] });
  expect(refused.status).toBe(403);
  expect(await client.fetchVCards({ addressBook: book })).toHaveLength(2);
});

test("[DAV-07] vdirsyncer, two-way: a new card, an edit, a conflict, a removal that only hides", async ({ page, spindle }) => {
  test.slow();
  const who = await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker", "E-mail": "jan@bakkerbouw.example", Mobiel: "06 12345678" });
  await addContact(page, { Voornaam: "Zoë", Achternaam: "Müller" });
  await carryAlong(page);
  await comeBack(page);
  const folder = Folder.make(spindle.address, who, who.password, false);
  await folder.discover();
  await folder.sync();

  folder.add("fatima.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:fatima\r\nN:Aydin;Fatima;;;\r\nFN:Fatima Aydin\r\nBDAY:1985-04-12\r\nTEL;TYPE=CELL:06 22223333\r\nEND:VCARD\r\n");
  folder.edit("FN:Jan Bakker", "06 12345678", "06 87654321");
  await folder.sync();
  // What became of them comes with the next look.
  await folder.sync();
  expect(await folder.judged()).toEqual(["Fatima Aydin", "Jan Bakker", "Zoë Müller"]);
  expect(folder.cards().join("")).toContain("BDAY:1985-04-12");
  await page.goto("/settings/phone");
  await ready(page);
  await expect(page.getByText("Toegevoegd op vdirsyncer")).toBeVisible();
  await expect(page.getByText("Gewijzigd op vdirsyncer")).toBeVisible();
  await page.getByRole("link", { name: "Jan Bakker" }).click();
  await ready(page);
  await expect(page.getByText("06 87654321").first()).toBeVisible();

  // Changed on both sides: what stands here wins, as this program is set up.
  const other = Folder.make(spindle.address, who, who.password, false);
  await other.discover();
  await other.sync();
  other.edit("FN:Jan Bakker", "06 87654321", "06 11111111");
  await other.sync();
  folder.edit("FN:Jan Bakker", "06 87654321", "06 99999999");
  await folder.sync();
  await folder.sync();
  expect(folder.cards().join("")).toContain("06 11111111");
  expect(folder.cards().join("")).not.toContain("06 99999999");

  folder.remove("FN:Zoë Müller");
  await folder.sync();
  await other.sync();
  expect(await other.judged()).toEqual(["Fatima Aydin", "Jan Bakker"]);
  await page.goto("/settings/phone");
  await ready(page);
  await expect(page.getByText("hier is de relatie er nog")).toBeVisible();
  await page.getByRole("button", { name: "Zoë Müller: weer op mijn apparaten" }).click();
  await expect(page.getByText("Zoë Müller komt weer op uw apparaten")).toBeVisible();
  await other.sync();
  expect(await other.judged()).toEqual(["Fatima Aydin", "Jan Bakker", "Zoë Müller"]);
});

test("[DAV-07] tsdav, two-way: a card is made, changed, refused when stale, and removed", async ({ page, spindle }) => {
  const who = await register(page);
  await addContact(page, { Voornaam: "Jan", Achternaam: "Bakker" });
  await carryAlong(page);
  await comeBack(page);
  const client = await davClient(spindle.address, who);
  const [book] = (await client.fetchAddressBooks()) as [Awaited<ReturnType<typeof client.fetchAddressBooks>>[number]];
  const text = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:fatima\r\nN:Aydin;Fatima;;;\r\nFN:Fatima Aydin\r\nEND:VCARD\r\n";
  const made = await client.createVCard({ addressBook: book, filename: "fatima.vcf", vCardString: text });
  expect(made.status).toBe(201);
  const find = async () => {
    const found = (await client.fetchVCards({ addressBook: book })).find((card) => card.url.endsWith("/fatima.vcf"));
    if (found === undefined) throw new Error("The card is not there");
    return found;
  };
  const card = await find();
  const data = String(card.data).replace("Fatima Aydin", "Fatima Yilmaz").replace("N:Aydin", "N:Yilmaz");
  expect((await client.updateVCard({ vCard: { ...card, data } })).status).toBe(204);
  // The etag is that of before.
  expect((await client.updateVCard({ vCard: { ...card, data } })).status).toBe(412);
  await page.goto("/contacts");
  await ready(page);
  await expect(page.getByText("Fatima Yilmaz").first()).toBeVisible();
  expect((await client.deleteVCard({ vCard: await find() })).status).toBe(204);
  expect(await client.fetchVCards({ addressBook: book })).toHaveLength(1);
  await page.reload();
  await expect(page.getByText("Fatima Yilmaz").first()).toBeVisible();
});
