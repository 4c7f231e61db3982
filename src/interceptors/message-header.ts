import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { HeaderVersionError } from '../errors';
import { messageKeyText, type MessageKey } from '../key/message-key';

/** The header of keyed signals and updates. It does not pass through payload codecs: see `hashKeys`. */
export const MESSAGE_HEADER = '__temporal_once_message';

/** Raised only when an older reader would misunderstand; new optional fields do not raise it. */
const VERSION = 1;

/** A key as it travels. */
export interface SentKey {
  /** As `messageKeyText` wrote it. */
  readonly key: string;
  /** Arguments are not to be compared. */
  readonly noFingerprint?: true;
}

interface MessageHeader extends SentKey {
  readonly v: number;
}

/** @throws InvalidOptionError, InvalidKeyError, NotRepresentableError, TooDeepError. */
export function sentKey(name: string, given: MessageKey, hashKeys: boolean, option: string): SentKey {
  const key = messageKeyText(name, given, hashKeys, option);
  return given.fingerprint === false ? { key, noFingerprint: true } : { key };
}

export function writeMessageHeader(headers: Headers, sent: SentKey): Headers {
  const header: MessageHeader = { v: VERSION, ...sent };
  return { ...headers, [MESSAGE_HEADER]: defaultPayloadConverter.toPayload(header) };
}

/**
 * The key a message was sent with; undefined when it has none, or a header that is not one of ours.
 * @throws HeaderVersionError for a header of a newer version.
 */
export function readMessageKey(headers: Headers): SentKey | undefined {
  const payload = headers[MESSAGE_HEADER];
  if (payload === undefined) return undefined;
  let header: Partial<MessageHeader> | null;
  try {
    header = defaultPayloadConverter.fromPayload<Partial<MessageHeader> | null>(payload);
  } catch {
    return undefined;
  }
  if (typeof header?.v !== 'number') return undefined;
  if (header.v > VERSION) throw new HeaderVersionError(header.v, VERSION);
  return typeof header.key === 'string' ? (header as SentKey) : undefined;
}
