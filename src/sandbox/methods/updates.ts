import { isIP } from 'node:net';
import type { UpdateKind } from '../records.ts';
import { badRequest, Refusal } from '../refusal.ts';
import type { Call, Methods } from './method.ts';

/** Getting updates: by long polling or by webhook, never both. */
export const updateMethods: Methods = {
  async getUpdates(call, { offset = 0, limit = 100, timeout = 0, allowed_updates }) {
    const { bot, updates, signal } = call;
    if (bot.webhook) {
      throw new Refusal(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    }
    allowUpdates(call, allowed_updates);
    return updates.poll(bot, {
      offset,
      limit: Math.min(Math.max(limit, 1), 100),
      timeoutSeconds: Math.min(Math.max(timeout, 0), 50),
      ...(signal && { signal }),
    });
  },

  setWebhook(call, { url = '', secret_token, allowed_updates, max_connections = 40, drop_pending_updates }) {
    const { hub, bot, updates } = call;
    if (url === '') return removeWebhook(call, drop_pending_updates);
    checkWebhook(url, secret_token);
    updates.interrupt(bot, 'Conflict: terminated by setWebhook request');
    if (drop_pending_updates) updates.drop(bot);
    bot.webhook = {
      url,
      maxConnections: Math.min(Math.max(max_connections, 1), 100),
      ...(secret_token !== undefined && { secretToken: secret_token }),
    };
    allowUpdates(call, allowed_updates);
    hub.bots.put(bot.id, bot);
    updates.announce(bot);
    return true;
  },
  deleteWebhook: (call, { drop_pending_updates }) => removeWebhook(call, drop_pending_updates),

  getWebhookInfo({ bot, updates }) {
    const { webhook, allowedUpdates } = bot;
    return {
      url: webhook?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: updates.pending(bot).length,
      ...(webhook && { max_connections: webhook.maxConnections, ip_address: '127.0.0.1' }),
      ...(webhook?.lastErrorDate !== undefined && { last_error_date: webhook.lastErrorDate }),
      ...(webhook?.lastErrorMessage !== undefined && { last_error_message: webhook.lastErrorMessage }),
      ...(allowedUpdates && { allowed_updates: allowedUpdates }),
    };
  },
};

function removeWebhook({ hub, bot, updates }: Call, dropPending: boolean | undefined): true {
  delete bot.webhook;
  if (dropPending) updates.drop(bot);
  hub.bots.put(bot.id, bot);
  return true;
}

/** Absent leaves things as they were; an empty list means the default set. */
function allowUpdates({ hub, bot }: Call, kinds: readonly UpdateKind[] | undefined): void {
  if (!Array.isArray(kinds)) return;
  if (kinds.length === 0) delete bot.allowedUpdates;
  else bot.allowedUpdates = [...(kinds as UpdateKind[])];
  hub.bots.put(bot.id, bot);
}

/** Telegram wants HTTPS from the open internet; the sandbox delivers to this machine and nowhere else. */
function checkWebhook(url: string, secretToken: string | undefined): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw badRequest('invalid webhook URL specified');
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (!loopback) throw badRequest('bad webhook: the sandbox delivers to this machine only');
  if (secretToken === undefined) return;
  if (secretToken.length > 256) throw badRequest('secret token is too long');
  if (!/^[A-Za-z0-9_-]*$/.test(secretToken)) throw badRequest('secret token contains unallowed characters');
}
