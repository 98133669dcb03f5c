import { pino, type DestinationStream, type Logger } from 'pino';

/**
 * The service's logger: JSON lines. Ids and codes are logged, never texts; the paths below are removed
 * even where a library hands them over.
 */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    redact: {
      paths: [
        'token',
        'text',
        'message.text',
        'from',
        'chat',
        'update',
        '*.token',
        '*.text',
        '*.from',
        '*.chat',
        'err.payload',
        'error.payload',
      ],
      remove: true,
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
