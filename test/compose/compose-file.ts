import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '../..');

/** What the tests look at of one service; the schema sees to the rest. */
export interface ComposeService {
  image: string;
  build?: string;
  restart: string;
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  configs?: { source: string; target: string }[];
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
  configs: Record<string, { content: string }>;
}

/** The compose file as Compose reads it on a host whose environment sets nothing. */
export function readComposeFile(): ComposeFile {
  const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  return interpolated(parse(text, { merge: true })) as ComposeFile;
}

/** The services that run this project's own image. */
export function ownServices({ services }: ComposeFile): [string, ComposeService][] {
  return Object.entries(services).filter(([, service]) => service.build !== undefined);
}

function interpolated(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replaceAll(/\$\$|\$\{\w+(?::?-([^}]*))?\}/g, (all, otherwise: string | undefined) =>
      all === '$$' ? '$' : (otherwise ?? ''),
    );
  if (Array.isArray(value)) return value.map(interpolated);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, interpolated(inner)]));
}
