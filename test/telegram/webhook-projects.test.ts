import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { BUNDLED_PROJECTS, type Config } from '../../src/config.ts';
import { DELIVERY_CHANNEL } from '../../src/db/deliveries.ts';
import { createListener, type Listener } from '../../src/db/listen.ts';
import { startBots, type Bots } from '../../src/main/bots.ts';
import { until } from '../support/until.ts';
import { createDeskStage, type DeskStage } from './stage.ts';

let at: DeskStage;
let bots: Bots;
let directory = '';
let listener: Listener;
const tokens = { alpha: '1000001:alpha-token', beta: '1000002:beta-token' };
before(async () => {
  at = await createDeskStage();
  directory = await mkdtemp(join(tmpdir(), 'retention-projects-'));
  for (const [id, token] of Object.entries(tokens))
    at.sandbox.world.ensureProject({
      id,
      title: id,
      bot: { token, username: `${id}_bot`, name: id },
      staffGroup: { title: `${id} staff` },
      people: [{ role: 'customer', firstName: 'Cleo', username: `cleo_${id}`, languageCode: 'en' }],
    });
  const access = (token: string) => ({ token, apiRoot: at.sandbox.apiRoot });
  listener = createListener(at.url, [DELIVERY_CHANNEL]);
  bots = await startBots({
    ...at,
    config: {
      databaseUrl: at.url,
      bots: { alpha: access(tokens.alpha), beta: access(tokens.beta) },
      sandbox: {},
      projectsDir: directory,
    } as unknown as Config,
    listener,
    log: pino({ level: 'silent' }),
    stores: { of: () => Promise.resolve(at.store), at: () => Promise.resolve(at.store) },
    projects: [],
    translations: undefined,
  });
});
after(async () => {
  await bots.stop();
  await listener.close();
  await at.stop();
  await rm(directory, { recursive: true, force: true });
});

async function put(id: string) {
  const [first = ''] = (await readdir(BUNDLED_PROJECTS)).filter((name) => name.endsWith('.yaml'));
  const source = await readFile(join(BUNDLED_PROJECTS, first), 'utf8');
  await writeFile(join(directory, `${id}.yaml`), source.replace(/^id: .*$/m, `id: ${id}`));
}

describe('the bots of an installation', () => {
  it('follow the project files: one that is added starts, one that is removed stops, and no other notices', async () => {
    assert.deepEqual(bots.projectIds, []);
    await put('alpha');
    await until('the first bot', () => bots.projectIds.join() === 'alpha');
    await put('beta');
    await until('the second bot', () => bots.projectIds.join() === 'alpha,beta');
    await rm(join(directory, 'alpha.yaml'));
    await until('the first to stop', () => bots.projectIds.join() === 'beta');
  });

  it('speak with the words of a team as soon as these are there, and when they change', async () => {
    const { play } = at.sandbox.world;
    const cleo = at.sandbox.world.addPerson('beta', {
      role: 'customer',
      firstName: 'Cleo',
      languageCode: 'en',
    });
    await mkdir(join(directory, 'texts'));
    for (const words of ['Ahoy', 'Hello again']) {
      await writeFile(join(directory, 'texts', 'en.ftl'), `welcome = ${words} from { $project }\n`);
      await until(`the bot to say ${words}`, async () => {
        play.start(cleo);
        await new Promise((done) => setTimeout(done, 300));
        return play.messages(cleo, cleo).some(({ text }) => text?.startsWith(`${words} from`));
      });
    }
  });

  it('stay as they are while a project file is wrong', async () => {
    await writeFile(join(directory, 'gamma.yaml'), 'id: [not a project');
    await bots.reload();
    assert.deepEqual(bots.projectIds, ['beta']);
  });
});
