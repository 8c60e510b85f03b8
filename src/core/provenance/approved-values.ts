import { type CompactText, compactText } from './compact-text.ts';
import { figureIn } from './figures.ts';
import { foldText } from './fold-text.ts';
import { hasSameSigns } from './search-text.ts';

/** What persons approved: as it stands, or not at all. */
export interface ApprovedValues {
  add(text: string, order: number): void;
  /** The order of the text that is just this value; one with an address must have the same signs in it. */
  find(value: CompactText, options: { readonly hasAddress: boolean }): number | undefined;
  findFigure(figure: string): number | undefined;
  /** What it takes in memory, nearly. */
  readonly bytes: number;
}

const valueBytes = 300;

export function createApprovedValues(): ApprovedValues {
  const values = new Map<string, { readonly edges: Uint8Array; readonly order: number }>();
  const figures = new Map<string, number>();
  let chars = 0;
  return {
    add(text, order) {
      const { text: letters, edges } = compactText(foldText(text));
      values.set(letters, { edges, order });
      chars += letters.length;
      const figure = figureIn(text);
      if (figure !== undefined) figures.set(figure, order);
    },
    find({ text, edges }, { hasAddress }) {
      const known = values.get(text);
      if (known === undefined) return undefined;
      return hasAddress && !hasSameSigns(known.edges, 0, edges) ? undefined : known.order;
    },
    findFigure: (figure) => figures.get(figure),
    get bytes() {
      return 3 * chars + valueBytes * (values.size + figures.size);
    },
  };
}
