// Not legal advice. What support teams usually need, by the purpose of a conversation.
import { pack } from './pack.ts';

// Guidance for support teams: 6 to 12 months cover most customers' lives and disputes. The upper end is the
// pack's; a shorter base of the policy's own wins, since the shortest baseline counts.
export const generalSupport = pack('General support: 6–12 months', [
  {
    id: 'general-support',
    keep: 'P12M',
    because: 'conversations are kept for a year at most, unless there is a named reason',
    source: 'guidance for customer support: 6 to 12 months',
  },
]);

// Guidance for support teams: 3 to 6 months for a question before a purchase that may never come.
export const preSales = pack('Pre-sales: 3–6 months', [
  {
    id: 'pre-sales',
    when: { tag: 'pre-sales' },
    keep: 'P6M',
    because: 'questions before a purchase are kept for half a year',
    source: 'guidance for customer support: 3 to 6 months before a sale',
  },
]);

// Guidance: 12 months or more. Directive (EU) 2019/771 Art. 10(1): a seller answers for defects of goods for two
// years, and so long a complaint may come back.
export const complaints = pack('Complaints: 12 months and more', [
  {
    id: 'complaints',
    when: { tag: 'complaint' },
    keepAtLeast: 'P24M',
    because: 'a complaint can be taken up again for two years, and both sides then need what was said',
    source: 'Directive (EU) 2019/771 Art. 10(1); guidance for customer support: 12 months or more',
  },
]);

// Guidance: 2 to 5 years. Claims from a contract end after two to six years in most countries: BGB §§ 195, 199 three
// years from the end of the year, Código Civil (Spain) Art. 1964 five, Limitation Act 1980 (England) s. 5 six.
export const transactions = pack('Transactions and contracts: 2–5 years', [
  {
    id: 'transactions',
    when: { tag: ['transaction', 'refund'] },
    keepAtLeast: 'P3Y',
    duty: 'contract',
    because: 'what was bought, paid and refunded is kept for as long as either side can claim it',
    source: 'limitation of claims from a contract, such as BGB §§ 195 and 199',
  },
]);
