import { Connection } from '@temporalio/client';
import { checkLog, recordCheck } from '../acts/audit-check.ts';
import { exportedRange, exportLog, receiptFor } from '../acts/audit-export.ts';
import { recordOfRow } from '../acts/audit-log.ts';
import { appendAuditEntry } from '../audit/append.ts';
import type { Config } from '../config.ts';
import type { AuditProof, ConsoleInstallation, LanguageLine } from '../console/installation.ts';
import { unlessBusy } from '../db/audit-checkpoints.ts';
import { policyInForce } from '../db/policies.ts';
import { listProjects } from '../db/projects.ts';
import { AppError } from '../domain/errors.ts';
import { privacyPage } from '../telegram/privacy-page.ts';
import { BUNDLED, createTexts } from '../telegram/texts.ts';
import { missingTexts } from '../telegram/texts/check.ts';
import { readTeamTexts } from '../telegram/texts/team.ts';
import { readQueues } from '../temporal/server-facts.ts';
import { openAuditLog } from './audit-deps.ts';
import { botAccessOf, livesInSandbox } from './bot-access.ts';
import { openDoctor } from './doctor/open-doctor.ts';
import { readProjectFiles } from './project-files.ts';
import { receiptDeps } from './receipts.ts';
import type { Services } from './services.ts';
import { openWebhookSecrets } from './webhooks.ts';

type From = Pick<Services, 'config' | 'db' | 'stores'>;

/** What the console tells of the installation itself. */
export function openInstallation(services: From): ConsoleInstallation {
  const { config } = services;
  const fileOf = async (projectId: string) =>
    (await readProjectFiles(config.projectsDir)).find(({ id }) => id === projectId);
  return {
    audit: openProof(services),
    receipts: receiptDeps(config),
    projectFile: fileOf,
    botOf(projectId) {
      if (!botAccessOf(config, projectId)) return undefined;
      return livesInSandbox(config, projectId) ? 'sandbox' : 'own';
    },
    languages: () => languages(config.projectsDir),
    async privacyPage(projectId, wanted) {
      const project = (await listProjects(services.db)).find(({ id }) => id === projectId);
      if (!project) throw new AppError('not_found', 'There is no such project here.');
      const { policy } = await policyInForce(services.db, projectId);
      // Who reads it needs the page more than the reason why a file is not right, which the doctor tells.
      const file = await fileOf(projectId).catch(() => undefined);
      const { texts } = await readTeamTexts(config.projectsDir).catch(() => ({ texts: [] }));
      const about = {
        ...{ name: project.name, timeZone: project.time_zone, noticeVersion: project.notice_version },
        ...{ notice: file?.notice ?? null, contact: file?.contact ?? null },
      };
      return privacyPage(createTexts(texts), about, policy, [...wanted, project.language]);
    },
    async look(area) {
      const doctor = openDoctor(config);
      try {
        return await doctor.run(area);
      } finally {
        await doctor.close();
      }
    },
    queues: () => queues(config.temporal),
    temporal: { address: config.temporal.address, ui: config.temporal.ui ?? null },
    webhookSecret: async (endpointId) => (await openWebhookSecrets(config.secretsDir))(endpointId),
  };
}

function openProof(services: From): AuditProof {
  const { db } = services;
  return {
    async check() {
      const log = await openAuditLog(services);
      const check = await unlessBusy(db, 'check', async () => {
        const found = await checkLog(log);
        await recordCheck(db, found, new Date());
        return found;
      });
      if (check) return check;
      throw new AppError(
        'already_running',
        'The log is being checked by another process just now. Look again in a minute.',
      );
    },
    async receiptFor(entry) {
      const { keys } = await openAuditLog(services);
      return receiptFor(db, entry, (await keys.list()).at(-1)?.verifier ?? '');
    },
    recordOf: recordOfRow,
    async noteExport({ upTo, projectId, entries, reason, actor, now }) {
      await appendAuditEntry(db, {
        ...{ at: now, actor, projectId, action: 'audit.exported', object: { kind: 'audit', id: upTo } },
        ...(entries !== undefined && { counts: { entries } }),
        ...(reason && { reason }),
      });
    },
    exportedRange: () => exportedRange(db),
    exportLog: async () => exportLog(db, (await openAuditLog(services)).origin),
  };
}

async function languages(projectsDir: string): Promise<LanguageLine[]> {
  const { texts } = await readTeamTexts(projectsDir);
  const ours: readonly string[] = BUNDLED;
  const all = new Set([...ours, ...texts.map(({ language }) => language)]);
  return [...all].map((language) => {
    const own = texts.find((one) => one.language === language);
    const missing = own && !ours.includes(language) ? missingTexts(own.source) : [];
    return { language, ownFile: own !== undefined, missing };
  });
}

/** A page waits no longer for Temporal. */
const ANSWER_MS = 1_000;

async function queues({ address, namespace }: Config['temporal']) {
  // Without retries: one that comes after the connection is closed would throw where nobody catches it.
  const connection = Connection.lazy({ address, connectTimeout: ANSWER_MS, interceptors: [] });
  try {
    return await connection.withDeadline(Date.now() + ANSWER_MS, () => readQueues(connection, namespace));
  } catch {
    return undefined;
  } finally {
    await connection.close();
  }
}
