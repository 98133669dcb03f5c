// node audit-until-killed.ts MAIN-URL SECRETS-DIR ANCHOR-URL ROUND STATEMENT
// Acts, and keeps the audit log as the service does, until it is at a statement: there it dies by SIGKILL,
// before the statement is sent. Prints how many statements there were when it outlives them.
import { join } from 'node:path';
import { anchorHeads, sequenceEntries, signHead } from '../../src/acts/audit-log.ts';
import { rotateSigningKey } from '../../src/acts/audit-keys.ts';
import { openStore } from '../../src/archive/open-store.ts';
import { createAnchor } from '../../src/audit/anchor.ts';
import { connect } from '../../src/db/connect.ts';
import { createAnchorStore } from '../../src/main/anchor-store.ts';
import { openSigningKeys } from '../../src/main/audit-deps.ts';
import { actOnce } from './audit-act.ts';

const [url = '', secretsDir = '', anchorUrl = '', round = '', last = '0'] = process.argv.slice(2);

let statements = 0;
const db = connect(url, () => undefined).withPlugin({
  transformQuery({ node }) {
    if (++statements === Number(last)) process.kill(process.pid, 'SIGKILL');
    return node;
  },
  transformResult: ({ result }) => Promise.resolve(result),
});
const log = {
  db,
  ...(await openSigningKeys(join(secretsDir))),
  anchor: createAnchor(createAnchorStore(() => openStore(anchorUrl))),
};
for (const n of [1, 2, 3]) await actOnce(db, `${round}:${n}`, n);
await sequenceEntries(log);
await signHead(log, new Date());
await anchorHeads(log, new Date());
await rotateSigningKey(log, { actor: { kind: 'operator', id: 'cli:test' }, now: new Date() });
await actOnce(db, `${round}:4`, 4);
await sequenceEntries(log);
await signHead(log, new Date());
await anchorHeads(log, new Date());
await db.destroy();
process.stdout.write(String(statements));
