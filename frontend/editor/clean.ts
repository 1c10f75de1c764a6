// What may stand in a letter: the browser's own guard, an allow-list over the browser's own parser. The server reads everything again and
// trusts nothing of this.
//
// No class and no id: in the page of the program a pasted `class="button"` would be drawn like ours, and an id would answer to our labels.
// A letter is laid out by tables, inline styles and the old attributes, and those stay.

const words = (text: string) => new Set(text.split(" "));

const elements = words(
  "A ABBR ADDRESS ARTICLE ASIDE B BIG BLOCKQUOTE BR CAPTION CENTER CITE CODE COL COLGROUP DD DEL DFN DIV DL DT EM FIGCAPTION FIGURE FONT FOOTER " +
    "H1 H2 H3 H4 H5 H6 HEADER HR I IMG INS KBD LI MARK OL P PRE Q S SAMP SECTION SMALL SPAN STRIKE STRONG SUB SUP TABLE TBODY TD TFOOT TH THEAD " +
    "TIME TR TT U UL VAR WBR",
);

/** Of these nothing stays, not even the words in them; of any other unknown element the words do: an <object> may hold what is shown without it. */
const gone = words(
  "BASE EMBED FRAME FRAMESET HEAD IFRAME INPUT LINK META NOEMBED NOFRAMES NOSCRIPT OPTION PARAM PLAINTEXT SCRIPT SELECT SOURCE STYLE TEMPLATE TEXTAREA " +
    "TITLE TRACK XMP",
);

const attributes = words(
  "abbr align alt bgcolor border bordercolor cellpadding cellspacing char charoff clear color cols colspan compact data-merge dir face frame headers " +
    "height hspace lang noshade nowrap reversed rowspan rules scope size span start summary target title type valign value vspace width",
);

const pictures = /^data:image\/(?:png|jpe?g|gif|webp)[;,]/i;

/** The scheme as a browser reads it: it skips spaces and control characters. Empty for an address without one. */
function scheme(address: string): string {
  // oxlint-disable-next-line no-control-regex
  const bare = address.replace(/[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\ufeff]/g, "");
  return (/^([^/?#:]*):/.exec(bare)?.[1] ?? "").toLowerCase();
}

export const isLink = (address: string) => ["", "http", "https", "mailto", "tel"].includes(scheme(address));

const isSource = (address: string) => ["", "http", "https", "cid"].includes(scheme(address)) || pictures.test(address.trim());

/** A style attribute as its declarations: semicolons in quotes and brackets divide nothing. */
export function declarations(style: string): string[] {
  return style.match(/(?:[^;"'(]|"[^"]*"?|'[^']*'?|\((?:[^)"']|"[^"]*"?|'[^']*'?)*\)?)+/g) ?? [];
}

function isHarmless(declaration: string): boolean {
  // A backslash spells any word; no letter needs one.
  if (/\\|expression\s*\(|(?:java|vb)script:|@import|^\s*(?:behavior|-moz-binding)\s*:/i.test(declaration.replace(/\/\*.*?(?:\*\/|$)/gs, ""))) return false;
  return [...declaration.matchAll(/(?:url|image|image-set|src)\(\s*(["']?)(.*?)\1\s*\)/gi)].every((match) => isSource(match[2] ?? ""));
}

/** The style without what fails `keep`; the very same text when nothing does. */
export function filterStyle(style: string, keep: (declaration: string) => boolean): string {
  const all = declarations(style);
  const kept = all.filter(keep);
  return kept.length === all.length ? style : kept.map((one) => one.trim()).join("; ");
}

function cleanAttributes(element: Element): boolean {
  let whole = true;
  for (const { name, value } of [...element.attributes]) {
    let safe = attributes.has(name);
    if (name === "href") safe = isLink(value);
    else if (name === "src" || name === "background") safe = isSource(value);
    else if (name === "role") safe = value === "presentation" || value === "none";
    else if (name === "data-merge") safe = element.nodeName === "SPAN";
    else if (name === "style") {
      const style = filterStyle(value, isHarmless);
      safe = style === value;
      if (!safe && style) {
        element.setAttribute("style", style);
        whole = false;
        continue;
      }
    }
    if (safe) continue;
    element.removeAttribute(name);
    whole = false;
  }
  return whole;
}

function walk(parent: Node): boolean {
  let whole = true;
  for (const child of [...parent.childNodes]) {
    if (child instanceof Text) continue;
    // Parsed documents have constructors of this one: all come from the same window.
    if (child instanceof HTMLElement && elements.has(child.nodeName)) {
      whole = cleanAttributes(child) && whole;
      whole = walk(child) && whole;
      continue;
    }
    whole = false;
    if (child instanceof HTMLElement && !gone.has(child.nodeName)) {
      walk(child);
      child.replaceWith(...child.childNodes);
    } else child.remove();
  }
  return whole;
}

export interface Clean {
  fragment: DocumentFragment;
  /** Nothing was taken away. */
  whole: boolean;
}

/** `prepare` sees the parsed document first: scripts in it do not run and pictures do not load. */
export function clean(html: string, prepare?: (document: Document) => void): Clean {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  prepare?.(parsed);
  const { body } = parsed;
  let whole = !/<(?:!doctype|html|head|body)\b/i.test(html) && !parsed.head.firstChild;
  whole = walk(body) && whole;
  const fragment = document.createDocumentFragment();
  cleanAttributes(body);
  const [style, colour] = [body.getAttribute("style"), body.getAttribute("bgcolor")];
  let into: Node = fragment;
  // The ground a letter was written on lies on its body; ours has another.
  if (style || colour) {
    const ground = document.createElement("div");
    if (style) ground.setAttribute("style", style);
    if (colour && !ground.style.backgroundColor) ground.style.backgroundColor = colour;
    into = fragment.appendChild(ground);
    whole = false;
  }
  for (const node of [...body.childNodes]) into.appendChild(document.importNode(node, true));
  return { fragment, whole };
}

export function write(fragment: DocumentFragment): string {
  const box = document.implementation.createHTMLDocument("").createElement("div");
  box.append(fragment.cloneNode(true));
  return box.innerHTML;
}
