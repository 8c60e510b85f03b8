/** The cells of a line, the first one its name. */
export type Row = readonly (string | number)[];

/** The first column to the left, the others to the right, two spaces apart; nothing without rows. */
export function toTable(heads: readonly string[], rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const lines = [heads, ...rows.map((row) => row.map(String))];
  const widths = heads.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) =>
          at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
