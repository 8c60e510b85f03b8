export { SupervisionError, errorCodes, type ErrorCode } from './core/model/errors.ts';
