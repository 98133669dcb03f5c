import type { ColumnType, Generated } from 'kysely';

export interface AccountTable {
  id: string;
  login: string;
  issuer: string | null;
  subject: string | null;
  telegram_user_id: number | null;
  password_hash: string | null;
  totp_sealed: Buffer | null;
  totp_step: Generated<number>;
  administrator: Generated<boolean>;
  created_at: Date;
  disabled_at: Date | null;
  signed_in_at: Date | null;
}

export interface RecoveryCodeTable {
  account_id: string;
  code_hash: Buffer;
  used_at: Date | null;
}

export interface AccountLinkTable {
  token_hash: Buffer;
  account_id: string;
  totp_sealed: Buffer | null;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
}

/** How a person proved who they are. */
export type SignInMethod = 'password' | 'provider';

/** A sentence that the next page shows once. */
export interface Flash {
  readonly tone: 'done' | 'warning';
  readonly text: string;
}

export interface WebSessionTable {
  id: string;
  token_hash: Buffer;
  account_id: string;
  method: SignInMethod;
  browser: string;
  created_at: Date;
  seen_at: Date;
  confirmed_at: Date;
  flash: ColumnType<Flash | null, string | null | undefined, string | null>;
  totp_sealed: Buffer | null;
}

export interface PendingSignInTable {
  state_hash: Buffer;
  browser_hash: Buffer;
  purpose: 'sign-in' | 'step-up' | 'link';
  nonce: string;
  code_verifier: string;
  return_to: string;
  link_hash: Buffer | null;
  session_id: string | null;
  expires_at: Date;
}

export interface SignInLimitTable {
  key: string;
  points: Generated<number>;
  expire: number | null;
}

/** Accounts, sign-ins and web sessions of the console. */
export interface ConsoleTables {
  account: AccountTable;
  account_link: AccountLinkTable;
  recovery_code: RecoveryCodeTable;
  web_session: WebSessionTable;
  pending_sign_in: PendingSignInTable;
  sign_in_limit: SignInLimitTable;
}
