import { createServer } from 'node:http';
import { once } from 'node:events';
import { openaiModel } from '../../src/models/openai.ts';
import { round, type Figure, type Suite } from '../figure.ts';
import { openBenchJudge, toQuestion } from '../judge-world.ts';
import { median, quantile } from '../statistics.ts';

const label = 'judge.deadline';
const deadlineMs = 200;
const slackMs = 50;

/** How long after its deadline a judgement ends when the model never answers, or never stops answering. */
export const judgeDeadline: Suite = {
  figures: [label],
  isShort: true,
  async measure({ short }): Promise<readonly Figure[]> {
    const server = await startSilentServer();
    const model = openaiModel({ model: 'm', apiKey: 'none', baseUrl: server.baseUrl });
    const over: number[] = [];
    for (let at = 0; at < (short ? 20 : 100); at += 1) {
      // a judge of its own each, whose breaker has seen no outage
      const judge = openBenchJudge({ model, deadlineMs, cacheMs: 0 });
      const startedMs = performance.now();
      const judgement = await judge.judge(toQuestion(at));
      over.push(performance.now() - startedMs - deadlineMs);
      if (judgement.code !== 'JUDGE_TIMEOUT') throw new Error(`it ended with ${judgement.code}`);
    }
    server.close();
    return [
      {
        name: label,
        unit: 'ms',
        p50: round(median(over)),
        p99: round(quantile(over, 0.99)),
        perSecond: 0,
        max: round(Math.max(...over)),
        bar: `p50 at most ${slackMs} ms over the deadline`,
        met: median(over) <= slackMs,
      },
    ];
  },
};

/** Every second question gets no byte at all; the others get one now and then, and no end. */
async function startSilentServer() {
  let turn = 0;
  const server = createServer((request, response) => {
    request.resume();
    turn += 1;
    if (turn % 2 === 0) return;
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
