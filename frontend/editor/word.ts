// What Word and Outlook put on the clipboard, made plain HTML: their own styles, tags and classes go; bold, lists and tables stay.

import { filterStyle } from "./clean.ts";

export const isWord = (html: string) => /\bmso-|class=["']?Mso|<o:p|urn:schemas-microsoft-com|docs-internal-guid/i.test(html);

const foreign = /^\s*(?:mso-|tab-stops|tab-interval|text-underline|page\b|page-break|layout-grid|punctuation-wrap|text-autospace|-webkit-text|-ms-|widows|orphans|line-height)/i;

interface Item {
  element: HTMLElement;
  level: number;
  ordered: boolean;
  start: number;
}

/** Word writes a list as paragraphs with a typed bullet; `mso-list: l0 level2 lfo1` tells how deep. */
function item(element: HTMLElement): Item | undefined {
  const level = /mso-list:\s*l\d+\s+level(\d+)/i.exec(element.getAttribute("style") ?? "")?.[1];
  if (!level) return undefined;
  const marker = [...element.querySelectorAll<HTMLElement>("[style]")].find((inner) => /mso-list:\s*Ignore/i.test(inner.getAttribute("style") ?? ""));
  const mark = (marker?.textContent ?? "").trim();
  marker?.remove();
  const ordered = /^\(?(?:\d+|[a-z]{1,4})[.)]/i.test(mark);
  return { element, level: Number(level), ordered, start: parseInt(mark, 10) || 1 };
}

function lists(document: Document): void {
  // The lists that are open, outermost first; they close where something else comes between.
  let open: HTMLElement[] = [];
  let last: Element | undefined;
  for (const element of [...document.body.querySelectorAll<HTMLElement>("p, h1, h2, h3, h4, h5, h6, li, div")]) {
    const found = item(element);
    if (!found) continue;
    if (element.nodeName === "LI") continue;
    if (!last || element.previousElementSibling !== last) open = [];
    open.length = Math.min(open.length, found.level);
    const tag = found.ordered ? "OL" : "UL";
    if (open.length === found.level && open[found.level - 1]?.nodeName !== tag) open.length = found.level - 1;
    while (open.length < found.level) {
      const list = document.createElement(tag);
      if (found.ordered && found.start > 1 && open.length === found.level - 1) list.setAttribute("start", String(found.start));
      const parent = open.at(-1);
      if (parent) (parent.lastElementChild ?? parent.appendChild(document.createElement("li"))).append(list);
      else element.before(list);
      open.push(list);
    }
    const line = document.createElement("li");
    line.append(...element.childNodes);
    open.at(-1)?.append(line);
    last = open[0];
    element.remove();
  }
}

/** The space under a paragraph stands in a style sheet that does not come along. */
function spacing(document: Document): void {
  const sheet = [...document.querySelectorAll("style")].map((style) => style.textContent).join("");
  const rule = /p\.MsoNormal[^{]*\{([^}]*)\}/i.exec(sheet)?.[1] ?? "";
  const below = /margin-bottom:\s*([\d.]+(?:pt|cm|in|px))/i.exec(rule)?.[1] ?? "0";
  for (const paragraph of document.body.querySelectorAll<HTMLElement>("p")) {
    if (/^Mso(?!List)/.test(paragraph.className) && !/margin/i.test(paragraph.getAttribute("style") ?? "")) paragraph.style.margin = `0 0 ${below}`;
  }
}

export function plain(document: Document): void {
  lists(document);
  spacing(document);
  for (const element of [...document.body.querySelectorAll<HTMLElement>("*")]) {
    // A copied page of Google Docs is one <b> that is not bold.
    if (element.nodeName === "B" && /font-weight:\s*normal/i.test(element.getAttribute("style") ?? "") && element.id.startsWith("docs-")) {
      element.replaceWith(...element.childNodes);
      continue;
    }
    element.removeAttribute("lang");
    // A picture in a file of the other program's machine.
    if (element.nodeName === "IMG" && /^file:/i.test(element.getAttribute("src") ?? "")) element.remove();
    const style = element.getAttribute("style");
    if (style === null) continue;
    const kept = filterStyle(style, (declaration) => !foreign.test(declaration)).replace(/windowtext/gi, "#000");
    if (kept.trim()) element.setAttribute("style", kept.trim());
    else element.removeAttribute("style");
  }
  // Spans that said only what has gone. The innermost first, so that a nest of them goes at once.
  for (const span of [...document.body.querySelectorAll("span")].reverse()) {
    if (!span.hasAttribute("style") && !span.hasAttribute("data-merge")) span.replaceWith(...span.childNodes);
  }
}
