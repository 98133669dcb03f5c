// Not legal advice. What privacy laws ask of everything that is kept: no longer than its purpose needs.
import { pack } from './pack.ts';

// Regulation (EU) 2016/679 (GDPR) Art. 5(1)(e), storage limitation, names no number. Support teams settle on 6 to
// 24 months; twelve cover a dispute. The same text is law in the United Kingdom (UK GDPR). What a law obliges
// to keep is exempt from erasure by Art. 17(3)(b): such rules are in the packs of the trades.
export const gdpr = pack('GDPR: European Union, EEA and United Kingdom', [
  {
    id: 'gdpr-base',
    when: { jurisdiction: ['EU', 'UK'] },
    keep: 'P12M',
    because: 'personal data may be kept no longer than its purpose needs',
    source: 'GDPR and UK GDPR Art. 5(1)(e)',
  },
]);

// California Civil Code § 1798.100(a)(3): no longer than reasonably necessary for the purpose that was disclosed; no
// number. The right to deletion is § 1798.105, its 45 days are counted by the erasure, not by a policy.
export const ccpa = pack('CCPA: California', [
  {
    id: 'ccpa-base',
    when: { jurisdiction: 'US-CA' },
    keep: 'P24M',
    because:
      'personal information may be kept no longer than is reasonably necessary for the purpose we told you',
    source: 'CCPA, Cal. Civ. Code § 1798.100(a)(3)',
  },
]);

// Personal Information Protection Law Art. 19: the shortest period the purpose needs; Art. 47: delete once it is
// achieved; Art. 28 to 30: sensitive personal information only where strictly necessary, strictly protected.
export const pipl = pack('PIPL: Mainland China', [
  {
    id: 'pipl-base',
    when: { jurisdiction: 'CN' },
    keep: 'P6M',
    because: 'personal information is kept for the shortest time its purpose needs',
    source: 'PIPL Art. 19 and 47',
  },
  {
    id: 'pipl-sensitive',
    // Conditions add up: sensitive sessions of people in China.
    when: { jurisdiction: 'CN', tag: 'sensitive' },
    keepAtMost: 'P3M',
    readers: ['compliance'],
    because: 'sensitive personal information is kept for the minimum time and under strict protection',
    source: 'PIPL Art. 19, 28 and 47',
  },
]);

// Identity papers, account numbers: GDPR Art. 5(1)(c) and (f), 32; PIPL Art. 28; Cal. Civ. Code § 1798.121. Stricter
// access and a shorter period, and of the papers themselves no copy outside Telegram.
export const sensitive = pack('Sensitive data: identity papers, bank accounts', [
  {
    id: 'sensitive',
    when: { tag: 'sensitive' },
    keepAtMost: 'P6M',
    readers: ['compliance'],
    attachments: 'reference',
    because: 'identity papers and account numbers are kept for a short time, and few may see them',
    source: 'GDPR Art. 5(1)(c), 5(1)(f) and 32; PIPL Art. 28; CCPA § 1798.121',
  },
]);
