import { OnceError } from './errors';

/** A signal that the plugin's `signals.require` asks a key for was sent without one. Nothing was sent. */
export class SignalKeyMissingError extends OnceError {
  readonly code = 'SIGNAL_KEY_MISSING';

  constructor(
    /** Name of the signal. */
    readonly signal: string,
  ) {
    super(
      `signal ${signal} needs a key, so that the workflow can tell its repeats. Nothing was sent. Send it with ` +
        '`once.signal(handle, signal, { key }, ...args)`, or with `signalIdempotency: { key }` beside a signalWithStart.',
    );
  }
}

/** A key was given where nothing of this package would send it along. Nothing was sent. */
export class MessageDoorMissingError extends OnceError {
  readonly code = 'MESSAGE_DOOR_MISSING';

  constructor(
    /** What was made without the plugin. */
    readonly place: 'client' | 'bundle',
  ) {
    super(
      place === 'client'
        ? 'the client of this handle was made without the plugin, so the key of a signal would be lost. Nothing was sent. ' +
            'Pass `plugins: [once]` to the client.'
        : 'this workflow bundle was made without the plugin, so the key of a signal would be lost. Nothing was sent. ' +
            'Pass `plugins: [once]` to the worker, and to bundleWorkflowCode where you bundle by yourself.',
    );
  }
}
