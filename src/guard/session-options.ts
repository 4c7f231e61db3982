import type { Http2Session, ServerHttp2Session } from 'node:http2';

const MIB = 1024 * 1024;
/** What one call may have on its way to the guard before it is taken on: bounds memory, and is enough for a distant network. */
const STREAM_WINDOW_BYTES = MIB;
const CONNECTION_WINDOW_BYTES = 16 * MIB;

/** Of both sides. Node's own limits are for web pages: metadata of gRPC and messages of megabytes would meet them. */
export const SESSION_OPTIONS = {
  /** In megabytes. */
  maxSessionMemory: 256,
  maxHeaderListPairs: 2_000,
  maxSendHeaderBlockLength: MIB,
  settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES, maxHeaderListSize: MIB },
};

export function widen(session: Http2Session | ServerHttp2Session): void {
  if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
}
