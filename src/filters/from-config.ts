import type { Filter } from '../core/model/extension.ts';
import type { FilterSource } from '../files/config-schema.ts';
import { brandGuidelines } from './brand-guidelines.ts';
import { htmlEscape } from './html-escape.ts';
import { maxLength } from './max-length.ts';
import { pii } from './pii.ts';
import { secrets } from './secrets.ts';
import { sqlReadOnly } from './sql-read-only.ts';
import { urlAllowlist } from './url-allowlist.ts';

/** The filters that a configuration file sets up; rejects with CONFIG_INVALID where one cannot be used as it says. */
export async function filtersFromConfig(source: FilterSource): Promise<readonly Filter[]> {
  const { max_length: length, url_allowlist: urls, brand_guidelines: brand } = source;
  const made = [
    source.pii && pii(defined(source.pii)),
    source.secrets && secrets(defined(source.secrets)),
    length &&
      maxLength(
        defined({
          maxStringChars: length.max_string_chars,
          maxTotalChars: length.max_total_chars,
          mode: length.mode,
          on: length.on,
        }),
      ),
    source.html_escape && htmlEscape(defined(source.html_escape)),
    source.sql_read_only && sqlReadOnly(defined(source.sql_read_only)),
    urls && urlAllowlist({ ...defined(urls), domains: urls.domains }),
    brand && (await brandGuidelines({ ...defined(brand), file: brand.file })),
  ];
  return made.filter((filter) => filter !== undefined);
}

/** exactOptionalPropertyTypes: what was left out must not be there at all. */
function defined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = { ...given };
  for (const key in kept) if (kept[key] === undefined) delete kept[key];
  return kept;
}
