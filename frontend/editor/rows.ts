// What a tool asks for, in a row under the toolbar: no dialog covers the text that it is about. Escape closes it and the caret is where it was.

import type { Desk, Words } from "./bar.ts";
import { isLink } from "./clean.ts";
import { h, icon } from "./dom.ts";
import { addColumn, addRow, makeTable, removeColumn, removeRow, removeTable } from "./table.ts";

/** What rows ask of the editor beyond the toolbar's. */
export interface Host extends Desk {
  readonly image: HTMLImageElement | null;
  pick(files: Iterable<File>): void;
  widen(image: HTMLImageElement, width: number | null): void;
  closeRow(back: boolean): void;
}

const button = (text: string | undefined, run: () => void, kind?: string, extra: Record<string, string> = {}) =>
  h("button", { class: "button", "data-size": "small", "data-kind": kind, type: kind === "primary" ? "submit" : "button", onclick: kind === "primary" ? null : run, ...extra }, text ?? "");

function field(label: string | undefined, attributes: Record<string, string | number>): [HTMLLabelElement, HTMLInputElement] {
  const input = h("input", { class: "input", ...attributes });
  return [h("label", { class: "rich-text__field" }, h("span", {}, label ?? ""), input), input];
}

function form(host: Host, label: string | undefined, submit: () => void, ...children: (Node | null)[]): HTMLFormElement {
  const close = h(
    "button",
    { class: "icon-button rich-text__close", "data-size": "small", type: "button", "aria-label": host.words.close, title: host.words.close, onclick: () => host.closeRow(true) },
    icon("close"),
  );
  return h(
    "form",
    {
      class: "rich-text__row",
      role: "group",
      "aria-label": label,
      novalidate: true,
      onsubmit: (event: Event) => {
        event.preventDefault();
        // A form of the page round the editor is not meant.
        event.stopPropagation();
        submit();
      },
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        host.closeRow(true);
      },
    },
    ...children,
    close,
  );
}

/** What was typed as an address that a letter may carry; null when it is none. */
export function address(typed: string): string | null {
  const text = typed.trim();
  if (/^[^\s@:/]+@[^\s@]+\.[^\s@]+$/.test(text)) return `mailto:${text}`;
  if (/^(?:https?:\/\/[^\s/]+|mailto:[^\s@]+@[^\s@]+|tel:[+\d])/i.test(text) && isLink(text)) return text;
  // A field may be the whole address.
  if (/^«[^«»]+»/.test(text)) return text;
  if (/^[^\s:/]+\.[^\s:/]{2,}(?::\d+)?(?:[/?#]\S*)?$/.test(text)) return `https://${text}`;
  return null;
}

export function linkRow(host: Host): HTMLElement {
  const { sheet, words } = host;
  const old = sheet.around<HTMLAnchorElement>("a[href]");
  const range = sheet.getSelection();
  const bare = range.collapsed && !old;
  const [where, to] = field(words.link_address, { type: "text", inputmode: "url", autocomplete: "off", spellcheck: "false", placeholder: "https://", value: old?.getAttribute("href") ?? "" });
  const [what, text] = field(words.link_text, { type: "text", autocomplete: "off" });
  const wrong = h("p", { class: "field__error", id: `rich-text-${Math.random().toString(36).slice(2)}`, "aria-live": "polite" });
  const apply = () => {
    const href = address(to.value);
    if (!href) {
      to.setAttribute("aria-invalid", "true");
      to.setAttribute("aria-describedby", wrong.id);
      wrong.replaceChildren(icon("warn"), words.link_wrong ?? "");
      to.focus();
      return;
    }
    host.closeRow(true);
    if (bare) {
      const link = h("a", { href }, text.value.trim() || href.replace(/^(?:mailto:|tel:|https?:\/\/)/, ""));
      sheet.step(() => sheet.insertElement(link));
      return;
    }
    if (old && range.collapsed) {
      const all = document.createRange();
      all.selectNodeContents(old);
      sheet.setSelection(all);
    }
    sheet.makeLink(href);
  };
  const remove = () => {
    host.closeRow(true);
    if (old && range.collapsed) {
      const all = document.createRange();
      all.selectNodeContents(old);
      sheet.setSelection(all);
    }
    sheet.removeLink();
  };
  return form(host, words.link, apply, where, bare ? what : null, button(words.apply, apply, "primary"), old ? button(words.link_remove, remove) : null, wrong);
}

function pictureRow(host: Host, image: HTMLImageElement): HTMLElement {
  const { sheet, words } = host;
  const [wide, width] = field(words.image_width, { type: "number", min: 16, max: 2000, "data-number": "", value: Math.round(image.getBoundingClientRect().width) });
  const [said, alt] = field(words.image_alt, { type: "text", value: image.alt });
  const apply = () => {
    sheet.step(() => {
      image.alt = alt.value;
      if (width.value) host.widen(image, Number(width.value));
    });
    host.closeRow(true);
  };
  const own = () => {
    sheet.step(() => host.widen(image, null));
    width.value = String(image.naturalWidth);
  };
  const remove = () => {
    host.closeRow(true);
    sheet.step(() => image.remove());
  };
  return form(host, words.image, apply, wide, button(words.image_own_size, own), said, button(words.apply, apply, "primary"), button(words.remove, remove));
}

export function imageRow(host: Host): HTMLElement {
  const { words } = host;
  if (host.image) return pictureRow(host, host.image);
  const [where, to] = field(words.image_address, { type: "text", inputmode: "url", autocomplete: "off", spellcheck: "false", placeholder: "https://" });
  const files = h("input", {
    type: "file",
    accept: "image/png,image/jpeg,image/gif,image/webp",
    multiple: true,
    hidden: true,
    onchange: () => {
      const chosen = [...(files.files ?? [])];
      host.closeRow(true);
      host.pick(chosen);
    },
  });
  const apply = () => {
    const src = to.value.trim();
    if (!/^https?:\/\/\S+$/i.test(src)) return void to.setAttribute("aria-invalid", "true");
    host.closeRow(true);
    host.sheet.step(() => host.sheet.insertImage(src, { alt: "" }));
  };
  return form(host, words.image, apply, button(words.image_upload, () => files.click(), undefined, { "data-first": "" }), files, where, button(words.insert, apply, "primary"));
}

export function tableRow(host: Host): HTMLElement {
  const { sheet, words } = host;
  const cell = sheet.around<HTMLTableCellElement>("td, th");
  if (!cell) {
    const [down, rows] = field(words.table_rows, { type: "number", min: 1, max: 50, value: 3, "data-number": "" });
    const [across, columns] = field(words.table_columns, { type: "number", min: 1, max: 12, value: 2, "data-number": "" });
    const bound = (input: HTMLInputElement) => Math.min(Number(input.max), Math.max(1, Math.round(Number(input.value)) || 1));
    const apply = () => {
      const table = makeTable(bound(rows), bound(columns));
      host.closeRow(true);
      sheet.step(() => sheet.insertElement(table));
      const first = table.querySelector("td");
      if (first) sheet.caretIn(first);
    };
    return form(host, words.table, apply, down, across, button(words.insert, apply, "primary"));
  }
  const place = (work: () => Element | null | undefined) => () => {
    let to: Element | null | undefined;
    sheet.step(() => (to = work()));
    host.closeRow(true);
    if (to) sheet.caretIn(to);
  };
  return form(
    host,
    words.table,
    () => undefined,
    button(words.row_above, place(() => addRow(cell, false).cells[0])),
    button(words.row_below, place(() => addRow(cell, true).cells[0])),
    button(words.row_remove, place(() => removeRow(cell))),
    button(words.column_before, place(() => addColumn(cell, false))),
    button(words.column_after, place(() => addColumn(cell, true))),
    button(words.column_remove, place(() => removeColumn(cell))),
    button(words.table_remove, place(() => removeTable(cell.closest("table") as HTMLTableElement))),
  );
}

const inks: [keyof Words, string][] = [
  ["black", "#000000"], ["grey", "#666666"], ["red", "#c0392b"], ["orange", "#c2571a"], ["green", "#1e7e34"], ["teal", "#0f766e"],
  ["blue", "#1d4ed8"], ["purple", "#6d28d9"], ["pink", "#be185d"], ["white", "#ffffff"],
];
const papers: [keyof Words, string][] = [
  ["yellow", "#fff3a3"], ["green", "#c8f0d0"], ["teal", "#c5f0ec"], ["blue", "#cfe1ff"], ["purple", "#e5d6ff"], ["pink", "#ffd3e4"], ["orange", "#ffdfc2"], ["grey", "#e5e5e5"],
];

export function colourRow(host: Host, kind: "colour" | "highlight"): HTMLElement {
  const { sheet, words } = host;
  const paint = (colour: string | null) => {
    host.closeRow(true);
    if (kind === "colour") sheet.setTextColor(colour);
    else sheet.setHighlightColor(colour);
    sheet.focus();
  };
  const now = sheet.getFontInfo()[kind === "colour" ? "color" : "backgroundColor"];
  const plain = document.createElement("i");
  const same = (colour: string) => {
    plain.style.color = colour;
    return plain.style.color === now;
  };
  const swatches = (kind === "colour" ? inks : papers).map(([name, colour]) =>
    h("button", {
      class: "rich-text__swatch",
      type: "button",
      style: `--swatch: ${colour}`,
      "aria-label": words[`colour_${name}`],
      title: words[`colour_${name}`],
      "aria-pressed": String(same(colour)),
      onclick: () => paint(colour),
    }),
  );
  const own = h("input", { class: "rich-text__own", type: "color", value: kind === "colour" ? "#1d4ed8" : "#fff3a3", "aria-label": words.colour_own, title: words.colour_own });
  own.addEventListener("change", () => paint(own.value));
  return form(host, words[kind], () => paint(own.value), ...swatches, own, button(words.colour_none, () => paint(null)));
}
