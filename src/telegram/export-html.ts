import type { ExportEntry } from '../export/entry.ts';
import type { ExportPeople } from '../export/telegram-layout.ts';
import type { Speech } from './texts.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}' +
  'h2{border-top:1px solid;padding-top:1rem}article{margin:.8rem 0}time,small{opacity:.7}' +
  'p{margin:.1rem 0;white-space:pre-wrap;overflow-wrap:anywhere}del{opacity:.7;text-decoration:none}';

/** The beginning of a readable file: it needs no network, no script, and no program but a browser. */
export function htmlHead(speech: Speech, title: string, lines: readonly string[]): string {
  return (
    `<!doctype html>\n<html lang="${speech.language}"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` +
    `<meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style></head>` +
    `<body><h1>${escaped(title)}</h1>\n${lines.map((line) => `<p>${escaped(line)}</p>\n`).join('')}`
  );
}

export const HTML_TAIL = '</body></html>\n';

export function htmlSession(title: string): string {
  return `<h2>${escaped(title)}</h2>\n`;
}

/** One message with every version of its text, and what it was besides text. */
export function htmlMessage(speech: Speech, entry: ExportEntry, people: ExportPeople): string {
  const { say, moment } = speech;
  const last = entry.revisions.at(-1);
  const { from, ...extra } = last?.content.extra ?? {};
  const desk = typeof from === 'string' ? from : (people.desk.name ?? '');
  const sent = entry.revisions[0]?.at ?? new Date(0);
  const before = entry.revisions.slice(0, -1).map(({ content }, index) => {
    const changedAt = entry.revisions[index + 1]?.at ?? sent;
    return `<small>${escaped(say('edited', { at: moment(changedAt) }))}</small><p><del>${escaped(content.text ?? '')}</del></p>`;
  });
  const files = entry.attachments.map(({ kind, fileName, sizeBytes }) => {
    const name = [fileName ?? '–', ...(sizeBytes === null ? [] : [`${sizeBytes} B`])].join(', ');
    return `<p>${escaped(say('attachment', { kind, name }))}</p>`;
  });
  return (
    `<article><b>${escaped(entry.role === 'customer' ? say('you') : desk)}</b> ` +
    `<time datetime="${sent.toISOString()}">${escaped(moment(sent))}</time>` +
    `<p>${escaped(last?.content.text ?? '')}</p>${before.join('')}${files.join('')}` +
    `${Object.keys(extra).length > 0 ? `<p><small>${escaped(JSON.stringify(extra))}</small></p>` : ''}</article>\n`
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
