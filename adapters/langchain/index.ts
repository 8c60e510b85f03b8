export type { AnyTool } from './any-tool.ts';
export {
  langchainModel,
  type LangChainModelOptions,
  type StructuringChatModel,
} from './chat-model.ts';
export { supervisionMiddleware, type MiddlewareOptions } from './middleware.ts';
export type { Review, ReviewOptions, ToolOptions } from './options.ts';
export type { ReviewRequest } from './review.ts';
export { superviseTool, superviseTools, type ToolsOptions } from './supervise-tool.ts';
