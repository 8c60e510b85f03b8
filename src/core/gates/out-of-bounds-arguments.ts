import type { Json } from '../model/json.ts';

/** Where a text of the arguments stands, from the inside out; made into words only for a refusal. */
export interface At {
  readonly parent: At | undefined;
  readonly key: string | number;
}

/** A string of the arguments, or a key that looks like a path. */
export interface ArgumentText {
  readonly text: string;
  readonly at: At | undefined;
  readonly isKey: boolean;
}

/** Every string in the arguments, and every key with a slash or backslash in it. */
export function collectTexts(args: Json): readonly ArgumentText[] {
  const found: ArgumentText[] = [];
  collect(args, undefined, found);
  return found;
}

/** The strings at or below the declared argument paths: dotted, or RFC 6901 after a `/`; arrays give each element. */
export function collectDeclared(args: Json, paths: readonly string[]): readonly ArgumentText[] {
  const found: ArgumentText[] = [];
  for (const path of paths) {
    follow({ value: args, at: undefined }, splitPath(path), found);
    // a key may itself hold dots
    if (path.includes('.')) follow({ value: args, at: undefined }, [path], found);
  }
  return found;
}

interface Spot {
  readonly value: Json;
  readonly at: At | undefined;
}

function collect(value: Json, at: At | undefined, found: ArgumentText[]): void {
  if (typeof value === 'string') {
    if (value !== '') found.push({ text: value, at, isKey: false });
  } else if (isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (item !== null && (typeof item === 'string' || typeof item === 'object')) {
        collect(item, { parent: at, key: index }, found);
      }
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      if (/[/\\]/.test(key)) found.push({ text: key, at, isKey: true });
      const item = value[key];
      if (
        item !== undefined &&
        item !== null &&
        (typeof item === 'string' || typeof item === 'object')
      ) {
        collect(item, { parent: at, key }, found);
      }
    }
  }
}

function follow({ value, at }: Spot, names: readonly string[], found: ArgumentText[]): void {
  const [name, ...rest] = names;
  if (name === undefined) {
    collect(value, at, found);
  } else if (isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (String(index) === name)
        follow({ value: item, at: { parent: at, key: index } }, rest, found);
      else follow({ value: item, at: { parent: at, key: index } }, names, found);
    }
  } else if (typeof value === 'object' && value !== null && Object.hasOwn(value, name)) {
    const item = value[name];
    if (item !== undefined) follow({ value: item, at: { parent: at, key: name } }, rest, found);
  }
}

function splitPath(path: string): readonly string[] {
  if (!path.startsWith('/')) return path.split('.');
  const names = path.slice(1).split('/');
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `files[2].path`, for a message: keys are the caller's text, so they are shortened and lose what is not plain. */
export function formatAt({ at, isKey }: ArgumentText): string {
  const parts: string[] = [];
  for (let place = at; place !== undefined; place = place.parent) {
    parts.unshift(typeof place.key === 'number' ? `[${place.key}]` : `.${plainKey(place.key)}`);
  }
  const path = parts.slice(0, 8).join('').replace(/^\./, '');
  if (isKey) return path === '' ? 'a key of the arguments' : `a key of argument \`${path}\``;
  return path === '' ? 'the argument' : `argument \`${path}\``;
}

function plainKey(key: string): string {
  return key.slice(0, 40).replaceAll(/[^\w-]/g, '_');
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
