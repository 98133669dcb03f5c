// Not legal advice. What the laws of a trade oblige to keep. An erasure request does not end such a duty (GDPR
// Art. 17(3)(b), CCPA § 1798.105(d)(8), PIPL Art. 47): what it covers is restricted instead.
import { pack } from './pack.ts';

// Directive 2014/65/EU (MiFID II) Art. 16(7): five years for communications about orders. Directive (EU) 2015/849
// (AML) Art. 40(1): five years after the end of the business relationship; where that is the duty, replace the
// rule by one that counts from an event.
export const finance5 = pack('Finance: 5 years', [
  {
    id: 'finance-5-years',
    when: { tag: 'finance' },
    keepAtLeast: 'P5Y',
    duty: 'legal',
    exemptFromErasure: true,
    because: 'the law obliges us to keep records of financial business for five years',
    source: 'MiFID II Art. 16(7); Directive (EU) 2015/849 Art. 40(1)',
  },
]);

// MiFID II Art. 16(7): up to seven years where the authority asks. FINRA Rule 4511(b) and SEC Rule 17a-4: three to six
// years. HGB § 257 and AO § 147: six years for business letters, counted from the end of the year, hence seven.
export const finance7 = pack('Finance: 7 years', [
  {
    id: 'finance-7-years',
    when: { tag: 'finance' },
    keepAtLeast: 'P7Y',
    duty: 'legal',
    exemptFromErasure: true,
    because: 'the law obliges us to keep records of financial business for up to seven years',
    source: 'MiFID II Art. 16(7); FINRA Rule 4511; SEC Rule 17a-4; HGB § 257 and AO § 147',
  },
]);

// BGB § 630f(3): ten years after the end of the treatment. The NHS Records Management Code keeps the records of
// children until the 25th birthday, which is majority plus seven years.
export const healthcare10 = pack('Healthcare: 10 years, minors until majority plus 7 years', [
  {
    id: 'healthcare-10-years',
    when: { tag: 'healthcare' },
    keepAtLeast: 'P10Y',
    duty: 'legal',
    exemptFromErasure: true,
    because: 'the law obliges us to keep medical records for ten years after the treatment',
    source: 'BGB § 630f(3)',
  },
  {
    id: 'healthcare-10-minors',
    when: { tag: 'healthcare' },
    from: 'majority',
    keepAtLeast: 'P7Y',
    duty: 'legal',
    exemptFromErasure: true,
    because: 'medical records of children are kept until seven years after they come of age',
    source: 'NHS Records Management Code of Practice (England)',
  },
]);

// Code de la santé publique Art. R. 1112-7: twenty years after the last visit, and for minors until the 28th birthday,
// which is majority plus ten years. The longest usual standard; inpatient records in China are kept thirty.
export const healthcare20 = pack('Healthcare: 20 years, minors until majority plus 10 years', [
  {
    id: 'healthcare-20-years',
    when: { tag: 'healthcare' },
    keepAtLeast: 'P20Y',
    duty: 'legal',
    exemptFromErasure: true,
    because: 'the law obliges us to keep medical records for twenty years after the last visit',
    source: 'Code de la santé publique (France) Art. R. 1112-7',
  },
  {
    id: 'healthcare-20-minors',
    when: { tag: 'healthcare' },
    from: 'majority',
    keepAtLeast: 'P10Y',
    duty: 'legal',
    exemptFromErasure: true,
    because: 'medical records of children are kept until ten years after they come of age',
    source: 'Code de la santé publique (France) Art. R. 1112-7',
  },
]);
