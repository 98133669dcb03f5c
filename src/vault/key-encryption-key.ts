/**
 * A key that wraps data keys. It may sit in a file or in a key management service, so both directions are
 * asynchronous, and the id is whatever names the key there (for Cloud KMS: the resource name).
 */
export interface KeyEncryptionKey {
  readonly id: string;
  /** @param aad bound to the result: unwrapping asks for the same bytes again */
  wrap(bytes: Buffer, aad: Buffer): Promise<Buffer>;
  /** Throws `sealed_text_damaged` when the bytes or the `aad` are not those that were wrapped. */
  unwrap(bytes: Buffer, aad: Buffer): Promise<Buffer>;
}

/** Where key encryption keys come from: one is current, older ones still unwrap. */
export interface KeyEncryptionKeys {
  /** For the record in `key_encryption_key`: `file`, later `gcp-kms`. */
  readonly provider: string;
  current(): Promise<KeyEncryptionKey>;
  /** Throws `key_unknown` when the provider does not hold that key. */
  byId(id: string): Promise<KeyEncryptionKey>;
}
