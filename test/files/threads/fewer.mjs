import { parentPort } from 'node:worker_threads';

parentPort.once('message', ({ port }) => {
  port.postMessage('[]');
  const diff = { added: [], removed: [], changed: [], loosened: [] };
  const tests = { ran: 0, passed: 0 };
  const defaults = { approval: 'deny', onError: 'deny' };
  const reply = {
    ok: true,
    version: 'v',
    defaults,
    lists: [],
    warnings: [],
    tests,
    diff,
    rules: 5,
  };
  parentPort.postMessage(reply, []);
});
