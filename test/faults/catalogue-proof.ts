import { by, type FaultRow } from './catalogue-row.ts';

/** Faults of erasures, of what proves them, of restores and of who gets in. */
export const FAULTS_OF_PROOF: readonly FaultRow[] = [
  {
    number: 28,
    fault: 'An erasure in any phase',
    holds: 'Ends erased',
    tests: [
      ...by('workflows/erasure', 'an erasure ends a session in every phase'),
      ...by(
        'faults/rows/erasure',
        'fault 28: of a session whose archive was cut off at ${point} leaves nothing',
        'fault 28: of a session whose deletion was cut off at ${point} ends it once, by one or the other',
      ),
    ],
  },
  {
    number: 29,
    fault: 'The person writes during their erasure',
    holds: 'What was there is erased; what comes is a new conversation, and they are told',
    tests: by('telegram/erasure', 'tells whoever writes meanwhile, once, that this is not part of it'),
  },
  {
    number: 30,
    fault: 'Several requests of one person',
    holds: 'One erasure, which all join',
    tests: by('workflows/erasure-outage', 'at the same moment are one, which all of them join'),
  },
  {
    number: 31,
    fault: 'An operator terminates an erasure',
    holds: 'Its children go on; it is started again',
    tests: [
      ...by('faults/erasure', 'goes on in its children, and is completed by the next event that reaches it'),
      ...by('workflows/reconcile', 'brings back the workflow of an erasure'),
    ],
  },
  {
    number: 32,
    fault: 'A person with 5,000 sessions',
    holds: 'Batches of 100, four at a time, within a day',
    tests: by(
      'faults/rows/erasure-many',
      'fault 32: goes in batches of a hundred, four at a time, with a short history',
    ),
    notShown:
      'The test has 1,050 sessions, since 5,000 take minutes: `npm run bench -- erasure` erases those (see performance.md)',
  },
  {
    number: 33,
    fault: 'Somebody else presses the button',
    holds: 'Refused; it works once, for one person, for a time',
    tests: by(
      'telegram/erasure',
      'is refused to everybody else, wherever they press a copy of it',
      'is worthless once a newer one exists, and once it was used',
      'by an anonymous administrator or a channel is refused',
    ),
  },
  {
    number: 34,
    fault: 'Nobody confirms a request',
    holds: 'It ends, nothing is deleted',
    tests: by('workflows/erasure-outage', 'expires after a week, with nothing deleted'),
  },
  {
    number: 35,
    fault: 'The person has blocked the bot',
    holds: 'The erasure ends; its receipt goes unseen',
    tests: by('telegram/erasure', 'ends for somebody who has blocked the bot, whose receipt goes unseen'),
  },
  {
    number: 36,
    fault: 'Telegram answers 429',
    holds: 'Obeyed; what waited arrives',
    tests: by('telegram/desk', '429 is obeyed, and what waited arrives'),
  },
  {
    number: 37,
    fault: 'A law or a hold stands against an erasure',
    holds: 'What it keeps stays, closed to all but compliance, and goes by itself when it ends',
    tests: by(
      'workflows/erasure-outage',
      'stays under a hold, and is erased by itself within a day of its end',
      'stays by law where the policy says so, and is erased by itself within a day of its date',
    ),
  },
  {
    number: 38,
    fault: 'One member of a group is erased',
    holds: 'Their entries alone go; others’ stay byte for byte',
    tests: by(
      'acts/erasure-groups',
      'takes their entries alone, and leaves nothing of them in those of the others',
    ),
  },
  {
    number: 39,
    fault: 'An erasure comes while a group is archived',
    holds: 'What the attempt has written goes too. No object is ever rewritten: each person has their own',
    tests: by('acts/erasure-groups', 'removes what the attempt has written and not recorded'),
  },
  {
    number: 40,
    fault: 'The bucket keeps what is deleted',
    holds: 'The doctor fails; receipt and audit say from when on it is final',
    tests: [
      ...by(
        'faults/rows/store',
        'fault 40: where the bucket keeps what is deleted, receipt and audit say from when on it is final',
      ),
      ...by('cli/doctor', 'names each setting that makes a deletion unreal'),
    ],
  },
  {
    number: 41,
    fault: 'An object is gone before its deletion',
    holds: 'The deletion ends; its counts say what was missing, and people are called once a day',
    tests: [
      ...by(
        'workflows/missing-objects',
        'does not keep its session from being deleted; audit and people are told that it was missing',
        'calls people once a day, however many there are',
        'is not to be confused with what a deletion removed that is tried again',
      ),
      ...by(
        'faults/kill-deletion',
        'at ${point} leaves nothing but a tombstone and one audit entry with the first counts',
      ),
      ...by('archive/gcs', 'that a repeated deletion finds nothing counts as the deletion it repeats'),
    ],
  },
  {
    number: 42,
    fault: 'The bucket refuses a deletion (hold, retention)',
    holds: 'Not called gone; the clock runs and people are called; done once it is released',
    tests: [
      ...by(
        'faults/rows/store',
        'fault 42: what a hold of the bucket keeps is not called gone, and goes once it is released',
      ),
      ...by(
        'telegram/erasure-late',
        'calls those who decide on deletions, with what it waits for and what to do',
      ),
    ],
  },
  {
    number: 43,
    fault: 'An archive object is altered, exchanged or gone',
    holds: 'Found at every reading and within 30 days, never shown as genuine; people are called once',
    tests: [
      ...by(
        'archive/verify',
        'finds one altered bit, a cut, and an added byte',
        'finds an object put in the place of another',
        'tells a missing object, another generation and a destroyed key from a damaged one',
      ),
      ...by('cli/archive', 'prints nothing of an object that was altered'),
      ...by(
        'main/archive-check',
        'compares each once in its days, and none before its turn',
        'finds what was altered and what is gone, calls once for as long as it lasts, and gives the all-clear',
      ),
    ],
  },
  {
    number: 44,
    fault: 'The audit log is altered, shortened or rewritten',
    holds: 'The first bad entry is named; a rewriting with the key is found by the anchor',
    tests: by(
      'acts/audit-tampering',
      'changes any column: each is found',
      'cuts the end off, heads and all: the anchor tells',
      'rewrites the log and signs it with the stolen key: the anchor tells, and takes no more heads',
    ),
  },
  {
    number: 45,
    fault: 'The anchor is away',
    holds: 'Work goes on; people are called after an hour; all of it is anchored later',
    tests: by(
      'acts/audit-keeping',
      'goes on while the anchor is away, calls for people after an hour, and anchors all of it later',
    ),
  },
  {
    number: 46,
    fault: 'The policy changes under sleeping workflows',
    holds: 'New dates; a shorter one skips no review, and the breaker stops too many deletions',
    tests: [
      ...by(
        'workflows/policy',
        'opens each review at its new date with a full window, and loses and repeats none',
      ),
      ...by('acts/breaker', 'pauses deletions once when twenty come at once and five may, and tells it once'),
    ],
  },
  {
    number: 47,
    fault: 'A workflow is missing, terminated or deleted',
    holds: 'Started from its row at the right step',
    tests: by(
      'workflows/reconcile',
      'starts what was never started, each at its phase, and finds nothing afterwards',
      'brings back what was terminated or deleted in Temporal, and reports who was stopped once',
    ),
  },
  {
    number: 48,
    fault: 'The database is restored from a back-up',
    holds:
      'Nothing opens before the erased are erased again; what was deleted is; deletions wait; holds are honoured',
    tests: [
      ...by(
        'acts/restore-deletion',
        'the check completes it as deleted, once, and says that it was restored',
      ),
      ...by(
        'faults/rows/restore',
        "with the database ${keysToo ? 'and the keys ' : ''}lost, the old state comes back, and nothing of it that must not",
      ),
      ...by(
        'workflows/reconcile',
        'ends what outlived its session, and starts again what ended early, with deletions paused',
      ),
    ],
  },
  {
    number: 49,
    fault: 'Temporal is restored from a back-up',
    holds: 'Its workflows read their rows; nothing is done twice',
    tests: [
      ...by(
        'faults/rows/temporal',
        'fault 49: comes back from an older copy, and nothing is deleted, sent or archived again',
      ),
      ...by(
        'workflows/reconcile',
        'tells a workflow that knows less than the rows, as after a restore of Temporal',
      ),
    ],
  },
  {
    number: 50,
    fault: 'A timer is lost',
    holds: 'What is an hour late is told to look again, and counted',
    tests: [
      ...by('faults/rows/temporal', 'fault 50: loses a timer, and the watchdog has its session go on'),
      ...by(
        'acts/watchdog',
        'finds reviews that did not end, deletions that did not begin and those that did not finish',
      ),
    ],
  },
  {
    number: 51,
    fault: 'An operator resets a workflow',
    holds: 'What is done stays done; the reset is in the audit',
    tests: [
      ...by(
        'faults/rows/temporal',
        'fault 51: an operator resets a workflow to before its archive and its deletion, and neither is done again',
      ),
      ...by('workflows/reconcile', 'reports a reset and a request to cancel, which change nothing'),
    ],
  },
  {
    number: 52,
    fault: 'Workflow code changes under open runs',
    holds: 'Histories of every phase replay, and a change is found',
    tests: by('replay/replay', 'replays ${name}', 'fails for a workflow that was changed'),
  },
  {
    number: 53,
    fault: 'Personal data in histories, logs, files',
    holds: 'Found nowhere in clear',
    tests: by(
      'faults/canary',
      'is nowhere in clear once it is stored and relayed',
      'is nowhere in clear once it is archived and its review was shown',
    ),
  },
  {
    number: 54,
    fault: 'The codec’s key is changed or lost',
    holds: 'Older keys still open; a missing one is named',
    tests: by(
      'temporal/codec',
      'opens what an older key sealed, so that a run started years ago goes on',
      'names the key it does not have',
    ),
  },
  {
    number: 55,
    fault: 'A destroyed key is in a back-up',
    holds: 'Back-ups of keys live 48 hours; after a restore it is destroyed again at once',
    tests: [
      ...by(
        'faults/rows/restore',
        "with the database ${keysToo ? 'and the keys ' : ''}lost, the old state comes back, and nothing of it that must not",
      ),
      ...by('faults/backup', 'keeps the keys for 48 hours and removes older ones when the next is made'),
      ...by(
        'acts/restore-check',
        'with the keys restored too everything could be read, and the check destroys the keys at once',
      ),
    ],
  },
  {
    number: 56,
    fault: 'A bot’s token or secret is changed',
    holds: 'Both are taken for a while, then the new one alone',
    tests: by('telegram/webhook', 'has both secrets taken for a while, and then the new one alone'),
  },
  {
    number: 57,
    fault: 'Sessions of the console are fixed, forged, stale or another team’s',
    holds: 'Refused, route by route and role by role',
    tests: [
      ...by('console/matrix', 'takes no form of another site, and none without the token'),
      ...by(
        'console/sign-in',
        'takes no secret that a stranger chose',
        'loses a role with the next request',
        'ends when its person signs out, in the database as well',
      ),
    ],
  },
  {
    number: 58,
    fault: 'The database takes no more connections, or a disk is full',
    holds: 'Nothing half done, what is there can be read; it goes on when there is room',
    tests: [
      ...by(
        'faults/rows/connections',
        'fault 58: messages wait while the database takes no connection, and none is lost',
      ),
      ...by(
        'faults/rows/disk',
        'fault 58, of the archive: no part of an object is taken for one, the live rows stay, and it goes on',
        'fault 58, of the database: messages wait, what is there can be read, and none is lost',
      ),
    ],
    notShown:
      'A full disk needs a file system of its own, so a limit on the length of files, and the error of PostgreSQL, stand for it',
  },
  {
    number: 59,
    fault: 'Two of everything run',
    holds: 'The work of one',
    tests: [
      ...by('faults/rows/store', 'fault 59: two workers and two relays do the work of one'),
      ...by('workflows/reconcile', 'stops when asked, says where to go on, and is never at it twice at once'),
      ...by('acts/policies-rollout', 'decides each session once, however many processes work on it'),
      ...by('acts/watchdog', 'is at it only once at a time'),
    ],
  },
  {
    number: 60,
    fault: 'A session sleeps for twenty years',
    holds: 'Wakes on its day, on the code of that day',
    tests: by(
      'workflows/session',
      'sleeps for twenty years, waking once a year to move on to the code of the day',
    ),
  },
];
