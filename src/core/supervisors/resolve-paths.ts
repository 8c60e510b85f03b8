import type { Paths } from '../model/ports.ts';
import { isHome } from '../rules/path-text.ts';

/** Looked up at most for one call; what is beyond stays unknown, which no rule takes for inside. */
const maxPaths = 256;

/** Where the texts really lead at this moment, `~` being the home of this process. */
export async function resolvePaths(
  paths: Paths,
  texts: readonly string[],
): Promise<(text: string) => string | undefined> {
  const real = new Map<string, string>();
  await Promise.all(
    texts.slice(0, maxPaths).map(async (text) => {
      const path = isHome(text) ? paths.home + text.slice(1) : text;
      const found = await paths.realPath(path);
      if (found !== undefined) real.set(text, found);
    }),
  );
  return (text) => real.get(text);
}
