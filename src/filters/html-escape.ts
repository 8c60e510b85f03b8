import type { Filter } from '../core/model/extension.ts';
import { mapStrings } from './map-strings.ts';
import { bothSides, createFilter, type Side } from './sides.ts';

export interface HtmlEscapeOptions {
  /** Default: both. */
  readonly on?: readonly Side[];
}

/** The five that OWASP's cheat sheet on cross-site scripting names for the body of an element and quoted attributes. */
const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#x27;'],
]);

/** Makes text of every string and key, so that a page that shows them runs none of it. What is escaped twice shows it. */
export function htmlEscape({ on = bothSides }: HtmlEscapeOptions = {}): Filter {
  return createFilter('html_escape', on, (value) =>
    mapStrings(value, async (text) => escapeHtml(text)),
  );
}

/** One text, for the body of an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => entities.get(char) ?? char);
}
