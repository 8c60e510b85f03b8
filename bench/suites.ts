import type { Suite } from './figure.ts';
import { comparison } from './figures/peers.ts';
import { durableCalls } from './figures/durable-calls.ts';
import { importTime } from './figures/import-time.ts';
import { judgeDeadline } from './figures/judge-deadline.ts';
import { judge } from './figures/judge.ts';
import { lint } from './figures/lint.ts';
import { memory } from './figures/memory.ts';
import { openaiFetch } from './figures/openai-fetch.ts';
import { provenance } from './figures/provenance.ts';
import { reload } from './figures/reload.ts';
import { reloadLarge } from './figures/reload-large.ts';
import { replay } from './figures/replay.ts';
import { ruleDecisions } from './figures/rule-decisions.ts';
import { simulate } from './figures/simulate.ts';
import { supervisedCall } from './figures/supervised-call.ts';

/** Everything that the bench measures, the cheapest first. */
export const suites: readonly Suite[] = [
  ruleDecisions,
  judge,
  judgeDeadline,
  lint,
  provenance,
  comparison,
  supervisedCall,
  openaiFetch,
  memory,
  importTime,
  reload,
  reloadLarge,
  replay,
  simulate,
  durableCalls,
];
