import { openaiModel } from '../../src/models/openai.ts';
import { modelContract } from '../contracts/model-contract.ts';

for (const api of ['chat', 'responses'] as const) {
  modelContract(`openai, ${api}`, {
    open: (baseUrl) => openaiModel({ model: 'm', api, apiKey: 'key', baseUrl }),
    setsLimits: true,
    keepsAnyText: true,
    tellsRefusals: true,
  });
}
