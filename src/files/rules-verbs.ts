import type { Json, JsonObject } from '../core/model/json.ts';
import type { ControlRequest } from './control-protocol.ts';
import type { HistoryEntry } from './rule-history.ts';
import type { RuleKeeper } from './rule-keeper.ts';
import { listNames } from './rules-in-force.ts';

export type RulesRequest = Extract<ControlRequest, { readonly verb: `rules.${string}` }>;

export function isRulesRequest(request: ControlRequest): request is RulesRequest {
  return request.verb.startsWith('rules.');
}

type Keeper = Omit<RuleKeeper, 'start' | 'close' | 'paths'>;

/** Does what was asked of the rules, as this person; throws `SupervisionError`s. */
export async function runRulesVerb(
  keeper: Keeper,
  request: RulesRequest,
  by: string,
): Promise<Json> {
  switch (request.verb) {
    case 'rules.state':
      return toRulesState(keeper);
    case 'rules.folder':
      return { path: keeper.folder() };
    case 'rules.reload':
      await keeper.reload();
      return toRulesState(keeper);
    case 'rules.accept':
      await keeper.accept(request.version, { by, reason: request.reason });
      return toRulesState(keeper);
    case 'rules.history':
      return (await keeper.history.list()).slice(-request.last).map(withoutFiles);
    case 'rules.entry':
      return checked(keeper, await keeper.history.find(request.version));
    case 'rules.entry-at':
      return checked(keeper, await keeper.history.at(request.timeMs));
    case 'rules.rollback': {
      const warnings = await keeper.rollback(request.version, { by, reason: request.reason });
      return { ...toRulesState(keeper), warnings: [...warnings] };
    }
    case 'rules.pin':
      await keeper.pin({ by, reason: request.reason });
      return toRulesState(keeper);
    case 'rules.hold':
      await keeper.hold(request.forMs, { by, reason: request.reason });
      return toRulesState(keeper);
    case 'rules.release':
      await keeper.release(request.kind, request.version, { by, reason: request.reason });
      return toRulesState(keeper);
  }
}

/** What is in force, why the files are not, which version of them waits, and what is pinned or held. */
function toRulesState(keeper: Keeper): JsonObject {
  const waiting = keeper.waiting();
  const disk = keeper.disk();
  return {
    rules: keeper.current().version,
    problems: [...keeper.problems()],
    waiting: waiting?.version ?? null,
    frozen: keeper.frozen() ?? null,
    disk: disk === undefined ? null : { version: disk.version, ...listNames(disk.diff) },
  };
}

function withoutFiles({ files, ...entry }: HistoryEntry): JsonObject {
  return { ...entry, files: files.length };
}

/** The texts lie in the data folder, under these hashes: whoever may ask may read them there. */
async function checked({ history }: Keeper, entry: HistoryEntry): Promise<JsonObject> {
  await history.verify(entry);
  return { ...entry };
}
