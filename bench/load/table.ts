// Prints rows of texts and numbers as a table with aligned columns.

export type Cell = string | number;

/** Numbers get as many decimals as leave three figures; NaN prints as a dash. */
function textOf(cell: Cell): string {
  if (typeof cell === "string") return cell;
  if (Number.isNaN(cell)) return "-";
  if (Math.abs(cell) >= 100) return Math.round(cell).toLocaleString("en");
  return cell.toFixed(Math.abs(cell) >= 10 ? 1 : 2);
}

export function tableOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [head, head.map(() => ""), ...rows].map((row) => row.map(textOf));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length), 3));
  lines[1] = widths.map((width) => "-".repeat(width));
  return lines
    .map((line) => {
      const cells = line.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)));
      return `| ${cells.join(" | ")} |`;
    })
    .join("\n");
}
