import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Seals message and stack of every failure: a codec alone leaves both in clear in the server's database
 * (measured). Loaded by its path into the workflow sandbox too, hence a module of its own.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
