// The contacts on the phone: the settings, and real CardDAV clients that are given no more than a host name.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { createDAVClient } from "tsdav";
import { temporary } from "../fixtures/machine.ts";
import { addContact, expect, type Person, ready, register, test } from "../fixtures/index.ts";

const run = promisify(execFile);
const tools = process.env.SPINDLE_TOOLS ?? join(homedir(), ".cache", "spindle", "tools");
const python = join(tools, "vdirsyncer-0.21.0", "bin");

/** Switches synchronisation on, of all contacts. */
async function carryAlong(page: Page): Promise<void> {
  await page.goto("/settings/phone");
  await ready(page);
  await page.getByRole("switch", { name: "Relaties op uw telefoon" }).click();
  await page.getByRole("switch", { name: "Alle relaties" }).click();
  await expect(page.getByText("Keuze opgeslagen")).toBeVisible();
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

  static make(address: string, who: Person, password = who.password): Folder {
    const place = temporary("vdir");
    mkdirSync(join(place, "cards"));
    const lines = [
      "[general]", `status_path = "${place}/status/"`,
      "[pair crm]", 'a = "here"', 'b = "there"', 'collections = ["from b"]', 'conflict_resolution = "b wins"',
      "[storage here]", 'type = "filesystem"', `path = "${place}/cards/"`, 'fileext = ".vcf"',
      "[storage there]", 'type = "carddav"', `url = "${address}/"`, `username = "${who.email}"`, `password = "${password}"`, "read_only = true",
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
  const client = await createDAVClient({
    serverUrl: spindle.address,
    credentials: { username: who.email, password: who.password },
    authMethod: "Basic",
    defaultAccountType: "carddav",
  });
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
