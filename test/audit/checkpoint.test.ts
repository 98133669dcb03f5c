import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCheckpoint, signCheckpoint, signHandOver } from '../../src/audit/checkpoint.ts';
import { createKeyChain } from '../../src/audit/key-chain.ts';
import { leafHash } from '../../src/audit/merkle.ts';
import {
  newSignerText,
  parseNote,
  readSigner,
  readVerifier,
  signersOf,
  signNote,
} from '../../src/audit/note.ts';
import { newSigner, ORIGIN } from './log-fixture.ts';

/** The vectors of golang.org/x/mod/sumdb/note. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETERS_SECRET = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const ENOCH = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETERS =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const ENOCHS =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';

const namesOf = (note: string, ...keys: string[]) =>
  signersOf(parseNote(note), keys.map(readVerifier)).map(({ name }) => name);

describe('signed notes', () => {
  it('sign as the published vectors do', () => {
    assert.equal(signNote(TEXT, [readSigner(PETERS_SECRET)]), `${TEXT}\n${PETERS}`);
    assert.equal(readSigner(PETERS_SECRET).verifier.text, PETER);
  });

  it('tell whose signatures are genuine, and pass over those of strangers', () => {
    const note = `${TEXT}\n${PETERS}${ENOCHS}`;
    assert.deepEqual(namesOf(note, PETER, ENOCH), ['PeterNeumann', 'EnochRoot']);
    assert.deepEqual(namesOf(note, PETER), ['PeterNeumann']);
    assert.deepEqual(namesOf(note), []);
  });

  it('are refused when a signature of a known key is not genuine', () => {
    const altered = `${TEXT}\n${PETERS.slice(0, 60)}ABCD${PETERS.slice(60)}`;
    assert.throws(() => namesOf(altered, PETER), { code: 'audit_damaged', message: /c74f20a3/ });
    assert.throws(() => namesOf(`x${TEXT}\n${PETERS}`, PETER), { code: 'audit_damaged' });
    assert.deepEqual(namesOf(altered, ENOCH), []);
  });

  it('are refused when they are not notes', () => {
    for (const note of [
      '',
      TEXT,
      `${TEXT}\n`,
      `${TEXT}\n${PETERS}`.slice(0, -1),
      `\u0001${TEXT}\n${PETERS}`,
      `\ud800${TEXT}\n${PETERS}`,
      `${TEXT}\n— Bad Name ${PETERS.slice(15)}`,
      `${TEXT}\n${PETERS}Unexpected line.\n`,
      `${TEXT}\n${PETERS.repeat(101)}`,
      `${TEXT}\n— PeterNeumann x08goA==\n`.replace('x08goA==', 'x08gow=='),
    ])
      assert.throws(() => parseNote(note), { code: 'audit_damaged' });
  });

  it('refuse to sign what is not the text of a note', () => {
    for (const text of ['abc', 'a\r\n', '\ud800\n'])
      assert.throws(() => signNote(text, [newSigner()]), { code: 'input_invalid' });
  });
});

describe('keys of notes', () => {
  it('are refused, public or private, when any part is missing or any character is another', () => {
    for (const [key, read] of [
      [PETER, readVerifier],
      [PETERS_SECRET, readSigner],
    ] as const) {
      const refused = (text: string) =>
        assert.throws(() => read(text), { code: 'input_invalid' }, `${text} is taken for a key`);
      for (let start = 0; start <= key.length; start++)
        for (let end = start + 1; end <= key.length; end++)
          if (start !== 0 || end !== key.length) refused(key.slice(start, end));
      for (let at = 0; at < key.length; at++)
        refused(key.slice(0, at) + String.fromCharCode(key.charCodeAt(at) + 1) + key.slice(at + 1));
    }
    for (const key of [
      'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
      'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    ])
      assert.throws(() => readVerifier(key), { code: 'input_invalid' });
  });

  it('are made for a name, and sign what their public half confirms', () => {
    const signer = readSigner(newSignerText('EnochRoot'));
    assert.deepEqual(namesOf(signNote(TEXT, [signer]), signer.verifier.text), ['EnochRoot']);
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\nb'])
      assert.throws(() => newSignerText(name), { code: 'input_invalid' });
  });
});

describe('checkpoints', () => {
  const root = leafHash('a head');
  const head = { origin: ORIGIN, size: 20_852_163, root };

  it('read the example of the specification', () => {
    const { checkpoint } = parseCheckpoint(
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
    );
    assert.deepEqual(checkpoint, {
      origin: 'example.com/behind-the-sofa',
      size: 20_852_163,
      root: Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64'),
    });
  });

  it('hold their lines, and are believed by their key alone', () => {
    const signer = newSigner();
    const note = signCheckpoint({ ...head, cut: true, extensions: ['more'] }, [signer]);
    assert.ok(note.startsWith(`${ORIGIN}\n20852163\n${root.toString('base64')}\ncut\nmore\n\n— ${ORIGIN} `));
    const { signedBy, ...opened } = createKeyChain([signer.verifier.text]).open(note);
    assert.deepEqual(opened, { ...head, cut: true, extensions: ['more'] });
    assert.equal(signedBy.text, signer.verifier.text);
    assert.throws(() => createKeyChain([newSigner().verifier.text]).open(note), { code: 'audit_damaged' });
    assert.throws(() => createKeyChain([]).open(note), { code: 'audit_damaged' });
  });

  it('are not believed once any line of them is altered', () => {
    const signer = newSigner();
    const chain = createKeyChain([signer.verifier.text]);
    const note = signCheckpoint(head, [signer]);
    for (let at = 0; at < note.length; at++) {
      const other = note[at] === 'A' ? 'B' : 'A';
      const altered = note.slice(0, at) + other + note.slice(at + 1);
      assert.throws(() => chain.open(altered), { code: 'audit_damaged' });
    }
  });

  it('are refused when their size or root is not in its one spelling', () => {
    const base64 = root.toString('base64');
    for (const [size, hash] of [
      ['007', base64],
      ['-1', base64],
      ['1e3', base64],
      ['99999999999999999999', base64],
      ['7', base64.slice(4)],
      ['7', `${base64} `],
    ] as const)
      assert.throws(() => parseCheckpoint(signNote(`${ORIGIN}\n${size}\n${hash}\n`, [newSigner()])), {
        code: 'audit_damaged',
      });
    for (const text of [`${ORIGIN}\n7\n`, `\n7\n${base64}\n`, `${ORIGIN}\n7\n${base64}\n\nmore\n`])
      assert.throws(() => parseCheckpoint(signNote(text, [newSigner()])), { code: 'audit_damaged' });
    assert.throws(() => signCheckpoint({ ...head, extensions: [''] }, [newSigner()]), {
      code: 'input_invalid',
    });
  });
});

describe('a chain of keys', () => {
  const root = leafHash('a head');
  const at = (size: number) => ({ origin: ORIGIN, size, root });
  const [first, second, third, stranger] = [newSigner(), newSigner(), newSigner(), newSigner()];
  const handOvers = [signHandOver(at(20), second, third), signHandOver(at(10), first, second)];

  it('leads from the key that is trusted to those after it and before it', () => {
    for (const trusted of [first, second, third]) {
      const chain = createKeyChain([trusted.verifier.text], handOvers);
      assert.equal(chain.keys.length, 3);
      for (const [size, signer] of [
        [9, first],
        [10, first],
        [11, second],
        [20, second],
        [21, third],
      ] as const)
        assert.equal(chain.open(signCheckpoint(at(size), [signer])).signedBy.text, signer.verifier.text);
      for (const note of handOvers) chain.open(note);
    }
  });

  it('does not believe a key beyond the size at which it handed over', () => {
    const chain = createKeyChain([first.verifier.text], handOvers);
    assert.throws(() => chain.open(signCheckpoint(at(11), [first])), {
      code: 'audit_damaged',
      message: /had handed over/,
    });
    chain.open(signCheckpoint(at(11), [first, second]));
  });

  it('believes no key that no hand-over ties to a trusted one', () => {
    const alien = signHandOver(at(10), stranger, newSigner());
    const chain = createKeyChain([first.verifier.text], [...handOvers, alien]);
    assert.equal(chain.keys.length, 3);
    assert.throws(() => chain.open(signCheckpoint(at(5), [stranger])), { code: 'audit_damaged' });
  });

  it('breaks when a hand-over lacks one of the two signatures, or a key handed over to two', () => {
    const handOver = { from: first.verifier, to: stranger.verifier };
    for (const signers of [[first], [stranger]]) {
      const note = signCheckpoint({ ...at(10), handOver }, signers);
      for (const trusted of [first, stranger])
        assert.throws(() => createKeyChain([trusted.verifier.text], [note]), { code: 'audit_damaged' });
    }
    const twice = [...handOvers, signHandOver(at(12), first, stranger)];
    assert.throws(() => createKeyChain([first.verifier.text], twice), {
      code: 'audit_damaged',
      message: /two/,
    });
  });
});
