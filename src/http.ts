/** The `Idempotency-Key` header for HTTP servers, on the same records: `temporal-once/http`. See docs/http.md. */
export { withIdempotencyKey, type Handler } from './http/with-idempotency-key';
export {
  idempotencyKey,
  type FastifyIdempotencyOptions,
  type FastifyLikeReply,
  type FastifyLikeRequest,
} from './http/fastify';
export type { HttpRequest, IdempotencyKeyOptions } from './http/options';
export type { HttpService } from './http/run-request';
export { MAX_KEY_LENGTH } from './http/key-header';
