import type { Context } from 'hono';
import type { Upload } from './records.ts';
import { badRequest } from './refusal.ts';

/** Arguments that are JSON inside a form field or a query; grammY's multipart bodies carry them so. */
const JSON_FIELDS = new Set([
  'allowed_updates',
  'caption_entities',
  'commands',
  'entities',
  'link_preview_options',
  'media',
  'message_ids',
  'options',
  'reaction',
  'reply_markup',
  'reply_parameters',
  'scope',
]);
/** Among them, those that hold a list. */
const LIST_FIELDS = new Set([
  'allowed_updates',
  'caption_entities',
  'commands',
  'entities',
  'message_ids',
  'options',
  'reaction',
]);
const NUMBER_FIELDS = new Set([
  'from_chat_id',
  'icon_color',
  'latitude',
  'limit',
  'live_period',
  'longitude',
  'max_connections',
  'message_id',
  'message_thread_id',
  'offset',
  'reply_to_message_id',
  'timeout',
  'user_id',
]);
const BOOLEAN_FIELDS = new Set([
  'disable_notification',
  'allows_multiple_answers',
  'drop_pending_updates',
  'is_anonymous',
  'protect_content',
  'show_alert',
]);

/**
 * A request's arguments, wherever the Bot API lets them stand: query, form, multipart or JSON, all of
 * them at once if need be. Uploaded files take the place of the field that names them.
 */
export async function readParameters(c: Context): Promise<Record<string, unknown>> {
  const raw: Record<string, unknown> = { ...c.req.query() };
  const type = c.req.header('content-type') ?? '';
  if (c.req.method === 'POST' && type.includes('application/json')) {
    Object.assign(raw, await readJson(c));
  } else if (c.req.method === 'POST' && /form-data|form-urlencoded/.test(type)) {
    Object.assign(raw, await readForm(c));
  }
  return parseParameters(raw);
}

/** The same arguments in the types that the Bot API gives them. */
export function parseParameters(raw: Record<string, unknown>): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value === null || value === undefined) continue;
    const field = parseField(name, value);
    if (field !== undefined && LIST_FIELDS.has(name) && !Array.isArray(field)) {
      throw badRequest(`can't parse ${name.replaceAll('_', ' ')}: Array expected`);
    }
    parsed[name] = field;
  }
  return parsed;
}

async function readJson(c: Context): Promise<Record<string, unknown>> {
  const text = await c.req.text();
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Answered like any other body that is no object.
  }
  throw badRequest("can't parse request: JSON object expected");
}

async function readForm(c: Context): Promise<Record<string, unknown>> {
  const form = await c.req.formData();
  const fields: Record<string, unknown> = {};
  const files = new Map<string, Upload>();
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else files.set(name, await readUpload(value));
  }
  const named = new Set<string>();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string' || !value.startsWith('attach://')) continue;
    const upload = files.get(value.slice('attach://'.length));
    if (!upload) throw badRequest('wrong file identifier/HTTP URL specified');
    named.add(value.slice('attach://'.length));
    fields[name] = upload;
  }
  for (const [name, upload] of files) if (!named.has(name)) fields[name] = upload;
  return fields;
}

/** A file part of a form, in memory. */
export async function readUpload(file: File): Promise<Upload> {
  return { name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) };
}

function parseField(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (JSON_FIELDS.has(name)) return parseJsonField(name, value);
  if (NUMBER_FIELDS.has(name) || name === 'chat_id') {
    if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value);
    if (name.endsWith('chat_id') || value === '') return value === '' ? undefined : value;
    throw badRequest(`field "${name}" must be of type Integer`);
  }
  if (BOOLEAN_FIELDS.has(name)) return ['true', 'yes', '1', 't', 'y'].includes(value.toLowerCase());
  return value;
}

function parseJsonField(name: string, value: string): unknown {
  if (value === '') return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw badRequest(`can't parse ${name.replaceAll('_', ' ')} JSON object`);
  }
}
