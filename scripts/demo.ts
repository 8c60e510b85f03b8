import {
  allowedCall,
  approvedCall,
  editedRules,
  injectedCall,
  killSwitch,
  refusedCall,
  replayedCalls,
  simulatedEdit,
  verifiedLog,
} from './demo-acts.ts';
import { langchainAgent, openaiLoop } from './demo-frameworks.ts';
import { judgedCalls } from './demo-judge.ts';
import { createScreen, DemoFailed } from './demo-screen.ts';
import { openShop } from './demo-shop.ts';

// Ringfence on real files, as a person would watch it. Ends with 0 only if every act went as it must.
const acts = [
  allowedCall,
  refusedCall,
  approvedCall,
  editedRules,
  injectedCall,
  simulatedEdit,
  killSwitch,
  langchainAgent,
  openaiLoop,
  judgedCalls,
  replayedCalls,
  verifiedLog,
];

const startedMs = performance.now();
const screen = createScreen();
screen.say('A shop lets an agent pay refunds. Ringfence stands between the agent and its tools.');
const shop = await openShop();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void shop.close().finally(() => process.exit(1)));
}
try {
  for (const act of acts) await act(shop, screen);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  screen.say(`\nAll ${acts.length} acts went as they must, in ${seconds} s.`);
} catch (error) {
  if (!(error instanceof DemoFailed)) throw error;
  screen.bad(error.message);
  process.exitCode = 1;
} finally {
  await shop.close();
}
