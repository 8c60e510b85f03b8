/** How large a JSON value may be before anybody reads it. */
export interface JsonLimits {
  /** Of the text in UTF-8. */
  readonly maxBytes: number;
  /** How many arrays and objects may lie in each other, 1 to 1,000; more counts as 1,000. */
  readonly maxDepth: number;
}

/** 1 MiB, 64 levels. */
export const defaultJsonLimits: JsonLimits = { maxBytes: 1_048_576, maxDepth: 64 };

/** Up to here recursion stays far from the end of the stack. */
export function toSafeDepth(maxDepth: number): number {
  return Math.min(maxDepth, 1000);
}

/** Counts the bytes in UTF-8 only where the number of code units leaves it open. */
export function isLargerThan(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true;
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
}
