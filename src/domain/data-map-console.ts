import type { TableEntry } from './data-map.ts';

/** Accounts, sign-ins and web sessions of the console. */
export const CONSOLE_TABLES: Readonly<Record<string, TableEntry>> = {
  account: {
    rows: 'kept',
    because: 'Belongs to staff, not to customers; audit entries name it by its id.',
    columns: {
      staff: 'id login issuer subject telegram_user_id',
      nobody: 'password_hash totp_sealed totp_step administrator created_at disabled_at signed_in_at',
    },
  },
  account_link: {
    rows: 'kept',
    because: 'Invitations of staff, as hashes; removed a week after they ended.',
    columns: { staff: 'account_id', nobody: 'token_hash totp_sealed created_at expires_at used_at' },
  },
  pending_sign_in: {
    rows: 'kept',
    because: 'Sign-ins of staff under way; removed within the hour.',
    columns: {
      staff: 'session_id',
      nobody: 'state_hash browser_hash purpose nonce code_verifier return_to link_hash expires_at',
    },
  },
  recovery_code: {
    rows: 'kept',
    because: 'Belongs to staff; hashes alone.',
    columns: { staff: 'account_id', nobody: 'code_hash used_at' },
  },
  sign_in_limit: {
    rows: 'kept',
    because: 'Counts of failed sign-ins of staff under keyed hashes, removed within the hour.',
    columns: { nobody: 'key points expire' },
  },
  web_session: {
    rows: 'kept',
    because: 'Who of the staff is signed in where; removed when it ends.',
    columns: {
      staff: 'id account_id browser',
      nobody: 'token_hash method created_at seen_at confirmed_at flash totp_sealed',
    },
  },
};
