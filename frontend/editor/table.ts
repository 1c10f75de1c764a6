// Tables under the caret. Cells that span columns grow and shrink with them; spans over rows are left as they are.

const cellStyle = "border: 1px solid #bbbbbb; padding: 6px 8px; vertical-align: top";

export function makeTable(rows: number, columns: number): HTMLTableElement {
  const table = document.createElement("table");
  table.setAttribute("style", "border-collapse: collapse; width: 100%");
  // Outlook reads the old attributes.
  table.setAttribute("cellpadding", "0");
  table.setAttribute("cellspacing", "0");
  const body = table.createTBody();
  for (let row = 0; row < rows; row += 1) {
    const line = body.insertRow();
    for (let column = 0; column < columns; column += 1) line.append(blank());
  }
  return table;
}

function blank(like?: Element): HTMLElement {
  const cell = document.createElement(like?.nodeName === "TH" ? "th" : "td");
  cell.setAttribute("style", like ? (like.getAttribute("style") ?? "") : cellStyle);
  if (!cell.getAttribute("style")) cell.removeAttribute("style");
  for (const name of ["align", "valign", "bgcolor"]) {
    const value = like?.getAttribute(name);
    if (value) cell.setAttribute(name, value);
  }
  cell.append(document.createElement("br"));
  return cell;
}

const cells = (row: HTMLTableRowElement) => [...row.cells];

/** The column in which a cell begins, counting the spans before it. */
function column(cell: HTMLTableCellElement): number {
  let at = 0;
  for (const other of cells(cell.parentElement as HTMLTableRowElement)) {
    if (other === cell) break;
    at += other.colSpan;
  }
  return at;
}

/** The cell of a row that stands at a column, and where it begins. */
function cellAt(row: HTMLTableRowElement, at: number): [HTMLTableCellElement | undefined, number] {
  let start = 0;
  for (const cell of cells(row)) {
    if (at < start + cell.colSpan) return [cell, start];
    start += cell.colSpan;
  }
  return [undefined, start];
}

export function addRow(cell: HTMLTableCellElement, after: boolean): HTMLTableRowElement {
  const row = cell.parentElement as HTMLTableRowElement;
  const fresh = document.createElement("tr");
  for (const other of cells(row)) {
    const made = blank(other) as HTMLTableCellElement;
    if (other.colSpan > 1) made.colSpan = other.colSpan;
    fresh.append(made);
  }
  if (after) row.after(fresh);
  else row.before(fresh);
  return fresh;
}

export function addColumn(cell: HTMLTableCellElement, after: boolean): Element | null {
  const at = column(cell) + (after ? cell.colSpan : 0);
  for (const row of (cell.closest("table") as HTMLTableElement).rows) {
    const [other, start] = cellAt(row, at);
    if (other && start < at) other.colSpan += 1;
    else if (other) other.before(blank(other));
    else row.append(blank(row.cells[row.cells.length - 1]));
  }
  return cellAt(cell.parentElement as HTMLTableRowElement, at)[0] ?? null;
}

/** Takes the row away, and the table with its last one. Answers with what stands where it stood. */
export function removeRow(cell: HTMLTableCellElement): Element | null {
  const row = cell.parentElement as HTMLTableRowElement;
  const table = row.closest("table") as HTMLTableElement;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  if (table.rows.length) return (next as HTMLTableRowElement | null)?.cells?.[0] ?? table.rows[0]?.cells[0] ?? null;
  return removeTable(table);
}

export function removeColumn(cell: HTMLTableCellElement): Element | null {
  const at = column(cell);
  const row = cell.parentElement as HTMLTableRowElement;
  const table = row.closest("table") as HTMLTableElement;
  for (const line of [...table.rows]) {
    const [other] = cellAt(line, at);
    if (!other) continue;
    if (other.colSpan > 1) other.colSpan -= 1;
    else other.remove();
    if (!line.cells.length) line.remove();
  }
  if (!table.rows.length) return removeTable(table);
  return cellAt(row, Math.max(0, at - 1))[0] ?? table.rows[0]?.cells[0] ?? null;
}

export function removeTable(table: HTMLTableElement): Element {
  const line = document.createElement("div");
  line.append(document.createElement("br"));
  table.replaceWith(line);
  return line;
}

/** The next cell for Tab, the one before for Shift+Tab; undefined outside the table. */
export function neighbour(cell: HTMLTableCellElement, step: 1 | -1): HTMLTableCellElement | undefined {
  const all = [...(cell.closest("table") as HTMLTableElement).rows].flatMap(cells);
  return all[all.indexOf(cell) + step];
}
