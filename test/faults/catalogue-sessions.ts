import { by, type FaultRow } from './catalogue-row.ts';

/** Faults while a session lives: crashes, stores, updates, clocks, signals, decisions. */
export const FAULTS_OF_SESSIONS: readonly FaultRow[] = [
  {
    number: 1,
    fault: 'A worker is killed at any step of an archive',
    holds: 'One object per person with the right bytes; live rows go only once it is verified and recorded',
    tests: by(
      'faults/kill-archive',
      "at ${points.join(', then at ')} leaves one object per subject, right bytes and one audit entry",
    ),
  },
  {
    number: 2,
    fault: 'A worker is killed at any step of a deletion, or the store’s answer is lost',
    holds: 'The deletion finishes, with the counts of the first attempt',
    tests: [
      ...by(
        'faults/kill-deletion',
        'at ${point} leaves nothing but a tombstone and one audit entry with the first counts',
      ),
      ...by(
        'faults/rows/store',
        'fault 2, in a bucket: a deletion whose answer was lost is done once, with the first counts',
      ),
    ],
  },
  {
    number: 3,
    fault: 'PostgreSQL is killed in the middle of transactions',
    holds: 'No half state; every message once, every session with its workflow',
    tests: by(
      'faults/crash-postgres',
      'and once it is back every message is stored exactly once, in order, and every session lives',
      'and nothing of it is there, until the same activity records it once',
    ),
  },
  {
    number: 4,
    fault: 'Temporal is killed',
    holds: 'The same runs go on; what waited reaches them',
    tests: [
      ...by(
        'faults/temporal-outage',
        'nothing is lost: once it is back every session has its workflow at the right phase',
      ),
      ...by(
        'faults/rows/temporal',
        'fault 4: is killed in the middle of an activity and past a timer, and the same runs go on',
      ),
    ],
  },
  {
    number: 5,
    fault: 'The store refuses (503, 429, cut connections) for minutes or days',
    holds: 'Waited out ever more slowly; people are called before a deadline',
    tests: [
      ...by(
        'faults/rows/store',
        'fault 5: 503, 429 and cut connections are waited out, slower each time, with nothing lost',
      ),
      ...by(
        'workflows/erasure-outage',
        'keeps no key alive, calls people three times, and delays nothing but the removal',
      ),
    ],
  },
  {
    number: 6,
    fault: 'An upload is done and its answer lost',
    holds: 'One object, right bytes',
    tests: by(
      'faults/rows/store',
      'fault 6: an upload whose answer was lost leaves one object, with the right bytes',
    ),
  },
  {
    number: 7,
    fault: 'Bytes are cut or changed on their way to the store or back',
    holds: 'Never taken for an archive; the live rows stay until it is right',
    tests: by(
      'faults/rows/store',
      'fault 7: bytes that are harmed on the way (${outcome}) never pass for an archive, and the live rows stay',
    ),
  },
  {
    number: 8,
    fault: 'The same update comes again, or many times at once',
    holds: 'One message',
    tests: by('acts/acts', 'is stored once, however often and however parallel its update comes'),
  },
  {
    number: 9,
    fault: 'Updates come out of order, or their numbers go down',
    holds: 'All are stored',
    tests: by('acts/acts', 'is taken with update ids that go down, as after an idle week'),
  },
  {
    number: 10,
    fault: 'An old update comes again after everything was deleted',
    holds: 'It is not stored again',
    tests: [
      ...by('acts/acts', 'that is old and comes again after everything was deleted is not stored'),
      ...by(
        'faults/rows/erasure',
        'faults 10 and 11: what Telegram delivers again or as edited after it stores nothing',
      ),
    ],
  },
  {
    number: 11,
    fault: 'An edit of a message that is archived or erased',
    holds: 'Dropped and counted',
    tests: [
      ...by('acts/acts', 'is a new revision, and once the message is archived it is dropped and counted'),
      ...by(
        'faults/rows/erasure',
        'faults 10 and 11: what Telegram delivers again or as edited after it stores nothing',
      ),
    ],
  },
  {
    number: 12,
    fault: 'Updates that are no updates',
    holds: 'Set aside; the queue never stops',
    tests: [
      ...by('telegram/desk', 'garbage, repetitions and unknown kinds stop nothing'),
      ...by('telegram/fuzz', 'is taken, stops nothing, and what cannot be handled is kept as set aside'),
      ...by(
        'telegram/webhook',
        'takes garbage from Telegram without stopping',
        'is refused: unread from a stranger, and beyond its size from Telegram',
      ),
    ],
  },
  {
    number: 13,
    fault: 'A webhook without the secret',
    holds: 'Refused before anything is read',
    tests: by(
      'telegram/webhook',
      'refuses who has not the secret, in the same way whether there is such a project or not',
    ),
  },
  {
    number: 14,
    fault: 'Temporal is away while customers write and staff close',
    holds: 'Everything is stored and relayed; events arrive later, in order',
    tests: by(
      'faults/temporal-outage',
      'the bot goes on storing and relaying, and staff go on closing',
      'every message is stored once and in order, and stands so in its topic',
    ),
  },
  {
    number: 15,
    fault: 'The database is away while customers write',
    holds: 'Telegram keeps what was not stored, and it is fetched again',
    tests: [
      ...by(
        'faults/crash-postgres',
        'and once it is back every message is stored exactly once, in order, and every session lives',
      ),
      ...by('telegram/webhook', 'answers so that Telegram comes again'),
    ],
  },
  {
    number: 16,
    fault: 'We are away for days',
    holds: 'The gap is recorded and told; overdue work runs by deadline; every review has its full window',
    tests: [
      ...by(
        'acts/updates-gap',
        'is recorded and told from the last sign of life until what Telegram still had',
      ),
      ...by(
        'acts/watchdog',
        'nudges late archives in the order of their deadlines, and nobody before an hour is over',
      ),
      ...by('acts/clock', 'gives a review that opens late its full window from when it really opens'),
    ],
  },
  {
    number: 17,
    fault: 'A clock jumps',
    holds: 'Nothing is deleted before its time; the order of the audit is not its time',
    tests: [
      ...by(
        'faults/rows/clocks',
        'fault 17: ${how} opens no review and deletes nothing, calls people, and another one goes on',
      ),
      ...by(
        'domain/clock',
        'is none while the workflow is ahead, or the worker differs, by more than five minutes',
      ),
      ...by(
        'acts/clock',
        'opens no review before its time, and does once the clocks agree',
        'ends no review and begins no deletion before their time',
      ),
      ...by('acts/audit-keeping', 'signs and checks on after a clock that was years ahead was put right'),
    ],
  },
  {
    number: 18,
    fault: 'A signal that is no signal',
    holds: 'Recorded; the workflow goes on',
    tests: by('workflows/session', 'records what it cannot read, and goes on'),
  },
  {
    number: 19,
    fault: 'A flood of signals',
    holds: 'Runs stay short; what is said again while it waits is told once',
    tests: [
      ...by('faults/rows/signals', 'is worked off in runs that stay short'),
      ...by('db/outbox', 'reaches its workflow once, however often it was said before'),
    ],
  },
  {
    number: 20,
    fault: 'A signal comes while a workflow begins a new run',
    holds: 'It is not lost',
    tests: by('faults/rows/signals', 'hides no event that comes last, while a new run begins'),
  },
  {
    number: 21,
    fault: 'Two supervisors decide at once',
    holds: 'One decision; the others learn whose',
    tests: by('acts/acts', 'fifty decisions on one review become one, and the others learn who was first'),
  },
  {
    number: 22,
    fault: 'A decision in the moment in which the window ends',
    holds: 'The row decides, the workflow obeys',
    tests: by(
      'faults/rows/races',
      'fault 22: a decision in the moment in which the window ends is one decision, and never two',
    ),
  },
  {
    number: 23,
    fault: 'A decision on an old round',
    holds: 'Refused',
    tests: by('acts/acts', 'a decision on an old round is refused'),
  },
  {
    number: 24,
    fault: 'A hold is placed while a deletion begins',
    holds: 'Either the hold, with nothing removed, or “deletion began”; never both',
    tests: by(
      'acts/holds-race',
      'a thousand times in parallel, with a hold on one session',
      'three hundred times in parallel, with holds on what a query finds',
    ),
  },
  {
    number: 25,
    fault: 'A hold is released while a review waits',
    holds: 'A new full window',
    tests: by('workflows/review', 'stays while it is held, and gets a new full window once it is released'),
  },
  {
    number: 26,
    fault: 'A message comes while its session is archived',
    holds: 'It is in the archive or in a conversation, never lost and never in both',
    tests: by(
      'faults/rows/races',
      'fault 26: a message that comes at ${step} is in the archive or in a conversation, never lost or twice',
    ),
  },
  {
    number: 27,
    fault: 'Any event in any phase, in any order',
    holds: 'One answer for each, from one table',
    tests: [
      ...by(
        'domain/phases',
        '${event} while ${standing}: ${ANSWERS[standing][event]}',
        'covers each standing exactly once for every event',
      ),
      ...by(
        'faults/rows/orders',
        'fault 27: each gets the one answer of its phase, and no message is lost or twice',
      ),
    ],
  },
];
