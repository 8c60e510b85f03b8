import { SupervisionError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';

/**
 * JSON in printable ASCII: control, bidirectional, tag and all other non-ASCII characters are escaped, and so are
 * `<`, `>` and `&`, so that no value can end the place it stands in or look like another part of the prompt.
 */
export function toPlainJson(value: Json): string {
  return JSON.stringify(value).replaceAll(/[^\x20-\x7e]|[<>&]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * What a stranger may have written, as JSON between two marks that hold the call's own boundary. Throws
 * `BOUNDARY_GUESSED` if the text holds the boundary: it was guessed, or the boundary is not random.
 */
export function fence(name: string, value: Json, boundary: string): string {
  const text = toPlainJson(value);
  if (boundary.length < 16 || text.includes(boundary)) {
    throw new SupervisionError(
      'BOUNDARY_GUESSED',
      `input \`${name}\` holds the boundary of its call`,
    );
  }
  return `<untrusted ${boundary}>\n${text}\n</untrusted ${boundary}>`;
}
