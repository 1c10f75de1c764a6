import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { APIRequestContext } from "@playwright/test";
import { addContact, connected, expect, mail, register, test, unique } from "../fixtures/index.ts";

const nowhere = "00000000-0000-7000-8000-000000000000";

/** What a stranger tries with ids that are not his: every server function that takes an id, and every page and file. */
function attempts(own: { contact: string; message: string; account: string }): Record<string, Record<string, string>> {
  const { contact, message, account } = own;
  const detail = { "form[kind]": "email", "form[label]": "", "form[value]": "mallory@kwaad.example" };
  const address = { "form[label]": "", "form[street]": "X", "form[postcode]": "", "form[city]": "", "form[state]": "", "form[country]": "" };
  return {
    "contacts/verbs/open_contact": { id: contact },
    "contacts/verbs/list_archive": { "filter[contact]": contact, "filter[show]": "All", "filter[employees]": "true" },
    "contacts/verbs/new_employee": { company: contact },
    "contacts/verbs/open_unknown_sender": { message, address: "jan@bakkerij.example" },
    "contacts/verbs/change_contact": { id: contact, field: "last_name", value: "Gekaapt" },
    "contacts/verbs/set_contact_type": { id: contact, type_id: nowhere },
    "contacts/verbs/set_contact_active": { id: contact, active: "false" },
    "contacts/verbs/set_employer": { id: contact, copy_address: "false" },
    "contacts/verbs/delete_contact": { id: contact },
    "contacts/verbs/restore_contact": { id: contact },
    "contacts/verbs/add_detail": { contact, ...detail },
    "contacts/verbs/change_detail": { id: nowhere, ...detail },
    "contacts/verbs/remove_detail": { id: nowhere },
    "contacts/verbs/add_address": { contact, ...address },
    "contacts/verbs/change_address": { id: nowhere, ...address },
    "contacts/verbs/remove_address": { id: nowhere },
    "contacts/verbs/rename_contact_type": { id: nowhere, name: "X" },
    "contacts/verbs/remove_contact_type": { id: nowhere },
    "contacts/verbs/tag_contact": { contact, name: "gekaapt" },
    "contacts/verbs/untag_contact": { contact, tag: nowhere },
    "contacts/verbs/rename_tag": { id: nowhere, name: "X" },
    "contacts/verbs/remove_tag": { id: nowhere },
    "inbox/verbs/open_message": { id: message },
    "inbox/verbs/mark_read": { "ids[0]": message, read: "true" },
    "inbox/verbs/finish": { "ids[0]": message, finished: "true" },
    "inbox/verbs/delete_messages": { "ids[0]": message },
    "inbox/verbs/restore_messages": { "ids[0]": message },
    "inbox/verbs/link_message": { id: message, contact },
    "inbox/verbs/unlink_message": { id: message, contact },
    "wizard/verbs/follow_mail_check": { check: account, seen: "0" },
  };
}

type Verb = { path: string; name: string; encoding: "get" | "json" | "post"; takesId: boolean };

/** The server functions as the rooms declare them, so that a new one cannot be forgotten here. */
function verbs(): Verb[] {
  const top = join(import.meta.dirname, "..", "..", "app", "src");
  const files = readdirSync(top, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rs"));
  return files.flatMap((file) => {
    const text = readFileSync(join(top, file), "utf8");
    return [...text.matchAll(/#\[server(?:\(([^\]]*)\))?\]\s*pub async fn (\w+)\(([^)]*)\)/g)].map(([, options = "", name = "", parameters = ""]) => ({
      path: `${file.replace(/\.rs$/, "")}/${name}`,
      name,
      encoding: options.includes("GetUrl") ? ("get" as const) : options.includes("Json") ? ("json" as const) : ("post" as const),
      takesId: /\b\w+Id\b/.test(parameters),
    }));
  });
}

async function call(request: APIRequestContext, verb: Verb, values: Record<string, string>) {
  const path = `/api/app/${verb.path}`;
  if (verb.encoding === "get") return request.get(path, { params: values });
  if (verb.encoding === "json") return request.post(path, { data: { ...values, seen: Number(values.seen ?? 0) } });
  return request.post(path, { form: values });
}

test("[SEC-03] a second company gets nothing with ids of the first, at any address", async ({ page, dovecot, browser, spindle }) => {
  const mailbox = dovecot.mailbox(unique("alice"));
  dovecot.deliver(mailbox, mail({ from: "Jan <jan@bakkerij.example>", to: mailbox.address, subject: "Geheim van de bakker", text: "Gist." }));
  await connected(page, dovecot, mailbox);
  await page.getByText("Geheim van de bakker", { exact: true }).first().click();
  const opened = /\/inbox\/\w+\/([0-9a-f-]{36})/;
  await expect(page).toHaveURL(opened);
  const message = page.url().match(opened)?.[1] ?? "";
  const contact = await addContact(page, { Voornaam: "Jan", Achternaam: "Geheimhouder", "E-mail": "jan@bakkerij.example" });
  // The owner sees them at the same addresses, so a refusal below means something.
  expect((await page.request.get(`/message/${message}/raw`)).status()).toBe(200);
  expect(await (await page.request.get("/api/app/contacts/verbs/open_contact", { params: { id: contact } })).text()).toContain("Geheimhouder");

  const context = await browser.newContext({ baseURL: spindle.address, locale: "nl-NL" });
  const mallory = await context.newPage();
  await register(mallory);
  for (const path of [`/message/${message}/raw`, `/message/${message}/body`, `/message/${message}/attachment/1/x`]) {
    expect((await context.request.get(path)).status(), path).toBe(404);
  }
  for (const path of [`/contacts/${contact}`, `/contacts/${contact}/details`, `/inbox/inbox/${message}`]) {
    const text = await (await context.request.get(path)).text();
    expect(text, path).not.toMatch(/Geheimhouder|Geheim van de bakker|bakkerij/);
  }
  const tries = attempts({ contact, message, account: nowhere });
  const guarded = verbs().filter((verb) => verb.takesId);
  expect(guarded.length).toBeGreaterThan(20);
  for (const verb of guarded) {
    const values = tries[verb.path];
    // Those of mail accounts take their id inside a form, or are owned by settings; they are tried without one below.
    const answer = await call(context.request, verb, values ?? { id: nowhere, contact, message });
    const text = await answer.text();
    expect(text, verb.path).not.toMatch(/Geheimhouder|Geheim van de bakker|bakkerij/);
    if (values) expect(answer.ok() && !["null", "[]"].includes(text) && !text.includes('"rows":[]'), `${verb.path}: ${answer.status()} ${text}`).toBe(false);
  }
  // And nothing of what was tried came to pass.
  const still = await (await page.request.get("/api/app/contacts/verbs/open_contact", { params: { id: contact } })).text();
  expect(still).toContain("Geheimhouder");
  expect(still).not.toMatch(/Gekaapt|gekaapt|mallory/);
  expect((await page.request.get(`/message/${message}/raw`)).status()).toBe(200);
  await context.close();
});

test("[SEC-03, SEC-05] without a session nothing is given", async ({ request, page, spindle }) => {
  await register(page);
  for (const path of ["/", "/inbox", "/contacts", "/settings", "/connect"]) {
    const answer = await request.get(path, { maxRedirects: 0, headers: { accept: "text/html" } });
    expect([302, 303, 307], path).toContain(answer.status());
    expect(answer.headers().location, path).toContain("/login");
  }
  expect((await request.get("/live")).status()).toBe(401);
  expect((await request.get(`/message/${nowhere}/raw`)).status()).toBe(401);
  for (const verb of verbs().filter((verb) => verb.takesId)) {
    expect((await call(request, verb, { id: nowhere })).ok(), `${spindle.address} ${verb.path}`).toBe(false);
  }
});

test("[SEC-05] another site cannot act in the name of a visitor", async ({ page }) => {
  const who = await register(page);
  const answer = await page.request.post("/api/app/session/sign_out", { headers: { "sec-fetch-site": "cross-site", origin: "https://kwaad.example" }, form: {} });
  expect(answer.status()).toBe(403);
  await page.reload();
  await expect(page.getByRole("heading", { name: `Welkom, ${who.firstName}` })).toBeVisible();
});
