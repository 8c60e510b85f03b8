import { ChatOpenAI } from '@langchain/openai';
import { langchainModel } from 'ringfence/langchain';
import { afterAll, beforeAll, vi } from 'vitest';
import { modelContract } from '../../contracts/model-contract.ts';

const at = (baseURL: string) => ({ model: 'm', apiKey: 'key', configuration: { baseURL } });
const tokens = { include: ['message.output_text.logprobs'] };

// LangChain advises to upgrade whenever the arguments of a tool call are no JSON
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined));
afterAll(() => void vi.restoreAllMocks());

modelContract('langchain, function calling', {
  open: (baseUrl) => {
    const chatModel = new ChatOpenAI({ ...at(baseUrl), logprobs: true });
    return langchainModel(chatModel, { method: 'functionCalling', strict: true });
  },
  setsLimits: false,
  keepsAnyText: true,
  tellsRefusals: false,
});

modelContract('langchain, JSON Schema', {
  open: (baseUrl) =>
    langchainModel(new ChatOpenAI({ ...at(baseUrl), logprobs: true }), { strict: true }),
  setsLimits: false,
  keepsAnyText: false,
  tellsRefusals: false,
});

modelContract('langchain, responses', {
  open: (baseUrl) => {
    const how = { useResponsesApi: true, modelKwargs: tokens };
    return langchainModel(new ChatOpenAI({ ...at(baseUrl), ...how }), { strict: true });
  },
  setsLimits: false,
  keepsAnyText: false,
  tellsRefusals: true,
});
