import { parentPort } from 'node:worker_threads';
import { doRuleWork, type RuleWork } from './rule-work.ts';

// the start of a thread of its own: one set is checked, and the thread ends
parentPort?.once('message', (work: RuleWork) => {
  parentPort?.postMessage(doRuleWork(work), []);
});
