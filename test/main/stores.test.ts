import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { createProjectBook } from '../../src/main/project-book.ts';
import { createStores } from '../../src/main/services.ts';

describe('the stores of an installation', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'retention-stores-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('are opened once each, however their address is spelt', async () => {
    const place = pathToFileURL(directory).href;
    const stores = createStores(
      { archiveUrl: `${place}/archive/`, gcsEndpoint: undefined },
      bookOf(
        { id: 'shop', archive: `${place}/./archive` },
        { id: 'desk', archive: 'gs://bucket/prefix/' },
        { id: 'help', archive: 'gs://bucket' },
      ),
    );
    const store = await stores.of('another');
    assert.equal(await stores.of('shop'), store);
    assert.equal(await stores.at(store.url), store, 'as a manifest names it');
    for (const id of ['desk', 'help']) {
      const bucket = await stores.of(id);
      assert.equal(await stores.at(bucket.url), bucket);
    }
    assert.notEqual(await stores.of('desk'), await stores.of('help'));
    assert.notEqual(await stores.at(`${place}/other`), store);
  });

  it('are tried again after they could not be opened', async () => {
    const file = join(directory, 'in-the-way');
    await writeFile(file, '');
    const archiveUrl = pathToFileURL(file).href;
    const stores = createStores({ archiveUrl, gcsEndpoint: undefined }, bookOf());
    await assert.rejects(stores.of('shop'));
    await rm(file);
    assert.equal((await stores.of('shop')).url, archiveUrl);
  });

  it('refuse what is no address without breaking off', async () => {
    const stores = createStores({ archiveUrl: 'ftp://elsewhere', gcsEndpoint: undefined }, bookOf());
    await assert.rejects(stores.of('shop'), { code: 'config_invalid' });
  });

  it('are those of a project that was added since the start, and never another’s while its file is wrong', async () => {
    const place = pathToFileURL(directory).href;
    const files: ArchiveFile[] = [];
    let wrong: AppError | undefined = new AppError('config_invalid', 'The file of desk is not right.');
    const book = createProjectBook<ArchiveFile>([{ id: 'shop' }], () =>
      wrong ? Promise.reject(wrong) : Promise.resolve(files),
    );
    const stores = createStores({ archiveUrl: `${place}/shared`, gcsEndpoint: undefined }, book);
    assert.equal((await stores.of('shop')).url, `${place}/shared`);
    await assert.rejects(stores.of('desk'), { code: 'config_invalid' });
    wrong = undefined;
    assert.equal((await stores.of('desk')).url, `${place}/shared`, 'a project without a file');
    files.push({ id: 'desk', archive: `${place}/own` });
    assert.equal((await stores.of('desk')).url, `${place}/own`);
  });
});

interface ArchiveFile {
  readonly id: string;
  readonly archive?: string;
}

function bookOf(...files: ArchiveFile[]) {
  return createProjectBook(files, () => Promise.resolve(files));
}
