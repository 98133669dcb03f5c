import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { AppError } from '../domain/errors.ts';

/** Signed notes as C2SP signed-note lays them down, with Ed25519: text, an empty line, signature lines. */
const ED25519 = 1;
const KEY_BYTES = 32;
const ID_BYTES = 4;
/** More than a note ever needs; the specification asks for at least 16. */
const MOST_SIGNATURES = 100;
/** What comes before the 32 bytes of an Ed25519 key in PKCS 8 and in SPKI (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** A public key that signs under a name. */
export interface NoteVerifier {
  readonly name: string;
  /** Eight hex digits. */
  readonly id: string;
  /** `NAME+ID+KEY`: what is handed to those who check. */
  readonly text: string;
  readonly publicKey: KeyObject;
}

export interface NoteSigner {
  readonly verifier: NoteVerifier;
  sign(text: string): Buffer;
}

export interface NoteSignature {
  readonly name: string;
  readonly id: string;
  readonly signature: Buffer;
}

export interface Note {
  /** With its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Reads a public key in the form `NAME+ID+KEY`. Throws `input_invalid` when it is not one. */
export function readVerifier(text: string): NoteVerifier {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text);
  const [, name = '', id = '', key = ''] = parts ?? [];
  const bytes = decodeBase64(key);
  if (!isName(name) || bytes?.length !== 1 + KEY_BYTES || bytes[0] !== ED25519 || keyId(name, bytes) !== id)
    throw new AppError(
      'input_invalid',
      'A public key of the audit log is not readable. It has the form NAME+ID+KEY, on one line; copy it whole.',
    );
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI, bytes.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  return { name, id, text, publicKey };
}

/** Reads a private key in the form `PRIVATE+KEY+NAME+ID+SEED`. Throws `input_invalid` without quoting it. */
export function readSigner(text: string): NoteSigner {
  const parts = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text);
  const [, name = '', id = '', key = ''] = parts ?? [];
  const seed = decodeBase64(key);
  if (isName(name) && seed?.length === 1 + KEY_BYTES && seed[0] === ED25519) {
    const signer = signerOf(name, seed.subarray(1));
    if (signer.verifier.id === id) return signer;
  }
  throw new AppError(
    'input_invalid',
    'A signing key of the audit log is not readable. Restore it from its backup.',
  );
}

/** A new private key for a name, in the form that `readSigner` reads. Throws `input_invalid` for a bad name. */
export function newSignerText(name: string): string {
  if (!isName(name))
    throw new AppError(
      'input_invalid',
      'The name of an audit log cannot be empty nor hold spaces or plus signs. Choose one such as example.com/audit.',
    );
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8.length);
  const key = Buffer.concat([Buffer.of(ED25519), seed]).toString('base64');
  return `PRIVATE+KEY+${name}+${signerOf(name, seed).verifier.id}+${key}`;
}

/** Signs a text with one key or more. Throws `input_invalid` for a text that cannot be a note. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!text.endsWith('\n') || !isNoteText(text))
    throw new AppError(
      'input_invalid',
      'A text cannot be signed: it has to end with a line feed and hold no other control characters.',
    );
  const lines = signers.map((signer) => {
    const { name, id } = signer.verifier;
    const bytes = Buffer.concat([Buffer.from(id, 'hex'), signer.sign(text)]);
    return `— ${name} ${bytes.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** Takes a note apart, without believing it yet. Throws `audit_damaged` when it is not one. */
export function parseNote(note: string): Note {
  const split = note.lastIndexOf('\n\n');
  const lines = note.slice(split + 2).split('\n');
  if (split === -1 || !isNoteText(note) || lines.pop() !== '' || lines.length === 0) throw damagedNote();
  if (lines.length > MOST_SIGNATURES) throw damagedNote();
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

/**
 * Which of the keys signed the note. Signatures of other keys are passed over.
 *
 * @throws AppError `audit_damaged` when a signature under one of the keys is not genuine
 */
export function signersOf(note: Note, verifiers: readonly NoteVerifier[]): NoteVerifier[] {
  const text = Buffer.from(note.text);
  return verifiers.filter((verifier) => {
    const found = note.signatures.find(({ name, id }) => name === verifier.name && id === verifier.id);
    if (found === undefined) return false;
    if (verify(null, text, verifier.publicKey, found.signature)) return true;
    throw new AppError(
      'audit_damaged',
      `A signature of key ${verifier.name}+${verifier.id} does not fit its text: one of them was altered.`,
    );
  });
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (!isName(name) || bytes === undefined || bytes.length <= ID_BYTES) throw damagedNote();
  return {
    name,
    id: bytes.subarray(0, ID_BYTES).toString('hex'),
    signature: bytes.subarray(ID_BYTES),
  };
}

function signerOf(name: string, seed: Buffer): NoteSigner {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
  const key = Buffer.concat([Buffer.of(ED25519), raw]);
  const id = keyId(name, key);
  return {
    verifier: { name, id, text: `${name}+${id}+${key.toString('base64')}`, publicKey },
    sign: (text) => sign(null, Buffer.from(text), privateKey),
  };
}

/** @param key the public key after its byte of kind */
function keyId(name: string, key: Buffer): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), key]), 'hex').slice(0, 2 * ID_BYTES);
}

function isName(name: string): boolean {
  return name.isWellFormed() && /^[^\s+\p{White_Space}]+$/u.test(name) && isNoteText(name);
}

function isNoteText(text: string): boolean {
  return text.isWellFormed() && /^[\n -\u{10ffff}]*$/u.test(text);
}

/** @returns undefined for what is not base64 in its one canonical spelling */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return text !== '' && bytes.toString('base64') === text ? bytes : undefined;
}

function damagedNote(): AppError {
  return new AppError(
    'audit_damaged',
    'A signed note of the audit log is not readable. Take it from an unaltered copy.',
  );
}
