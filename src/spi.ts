export type { Json } from './core/model/json.ts';
