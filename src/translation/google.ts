import { TranslationServiceClient } from '@google-cloud/translate';
import { AppError } from '../domain/errors.ts';
import type { Translator } from '../domain/translation.ts';

export interface GoogleTranslation {
  readonly project: string;
  /** `global`, or a region such as `europe-west1` that texts must not leave. */
  readonly location: string;
  /** A key in place of the application's default credentials. */
  readonly apiKey?: string | undefined;
  /** Another server than Google's. */
  readonly endpoint?: string | undefined;
}

/** Google Cloud Translation by its official client: texts leave for Google's servers. */
export function createGoogleTranslate(options: GoogleTranslation & { timeoutMs: number }): Translator {
  const endpoint = options.endpoint === undefined ? undefined : new URL(options.endpoint);
  const client = new TranslationServiceClient({
    // HTTP in place of gRPC: it passes the proxies that a team's network has.
    fallback: true,
    ...(options.apiKey && { apiKey: options.apiKey }),
    ...(endpoint && {
      apiEndpoint: endpoint.hostname,
      port: Number(endpoint.port || (endpoint.protocol === 'http:' ? 80 : 443)),
      protocol: endpoint.protocol.replace(':', ''),
    }),
  });
  const parent = `projects/${options.project}/locations/${options.location}`;
  return {
    name: 'google',
    async translate(text, to) {
      try {
        const [answer] = await client.translateText(
          { parent, contents: [text], mimeType: 'text/plain', targetLanguageCode: to },
          { timeout: options.timeoutMs, retry: null },
        );
        const [found] = answer.translations ?? [];
        if (typeof found?.translatedText !== 'string') throw unavailable('its answer holds none');
        return found.translatedText;
      } catch (error) {
        if (error instanceof AppError) throw error;
        // What the client says may hold the text that was sent.
        const { code } = error as { code?: number };
        throw unavailable(code === undefined ? 'it cannot be reached' : `code ${code}`);
      }
    },
  };
}

function unavailable(why: string): AppError {
  return new AppError(
    'translation_unavailable',
    `Google Cloud Translation gave no translation: ${why}. Check RETENTION_GOOGLE_TRANSLATE_PROJECT, its quota and the credentials.`,
  );
}
