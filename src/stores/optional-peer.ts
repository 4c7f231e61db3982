import { OnceError } from '../errors';
import { MissingPeerError } from '../store-errors';

/** Loads an optional peer, for the option that asks for it. @throws MissingPeerError */
export function optionalPeer<Module>(name: string, option: string): Module {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an optional peer is loaded only when an option asks for it
    return require(name) as Module;
  } catch (error) {
    if (error instanceof OnceError) throw error;
    throw new MissingPeerError(name, option, error);
  }
}
