/** Lines of `before` and `after` with `-`, `+` or a space in front: what is the same at both ends is left out but for two lines. */
export function lineDiff(before: string, after: string): readonly string[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  const shorter = Math.min(old.length, fresh.length);
  let start = 0;
  while (start < shorter && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const around = 2;
  return [
    ...old.slice(Math.max(0, start - around), start).map((line) => `  ${line}`),
    ...old.slice(start, old.length - end).map((line) => `- ${line}`),
    ...fresh.slice(start, fresh.length - end).map((line) => `+ ${line}`),
    ...old
      .slice(old.length - end)
      .slice(0, around)
      .map((line) => `  ${line}`),
  ];
}
