import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What policies look at and lead to: jurisdictions, scoped holds, second persons, re-deciding, the breaker. */
export const policies: Migration = {
  async up(db: Kysely<unknown>) {
    await rules(db);
    await facts(db);
    await holds(db);
    await secondPersons(db);
    await rollouts(db);
    await grants(db);
  },
};

/** A rule's tag moved into its conditions; what else is new has defaults. */
async function rules(db: Kysely<unknown>) {
  await sql`alter table policy add approved_by text`.execute(db);
  await sql`
    update policy set document = document
      || '{"packs": [], "tagging": [], "inactivity": "off", "breaker": {"sharePerDay": 0.1, "orFewerThan": 100}}'
      || jsonb_build_object('rules', (
        select coalesce(jsonb_agg(
          (rule - 'tag') || jsonb_build_object(
            'when', jsonb_build_object('tag', jsonb_build_array(rule -> 'tag')),
            'from', 'closure', 'exemptFromErasure', false)
          order by at), '[]')
        from jsonb_array_elements(document -> 'rules') with ordinality as list (rule, at)))`.execute(db);
}

async function facts(db: Kysely<unknown>) {
  await sql`
    alter table project
      add jurisdiction text not null default 'OTHER',
      -- Set by the breaker: no deletion of the project begins until compliance resumes them.
      add deletions_paused_at timestamptz`.execute(db);
  await sql`
    alter table subject
      -- Null where nothing is known and the project's own stands.
      add jurisdiction text,
      add jurisdiction_origin text check (jurisdiction_origin in ('customer', 'staff', 'language')),
      add majority_on timestamptz,
      add authorized_at timestamptz`.execute(db);
  await sql`
    alter table session
      -- The rule that set keep_until.
      add keep_rule text,
      -- Outlive the rows of the attachments, which go with the archive.
      add attachment_kinds text[] not null default '{}',
      add dated_events jsonb not null default '{}'`.execute(db);
  await sql`
    update session set attachment_kinds = array(
      select distinct a.kind from attachment a join message m on m.id = a.message_id
      where m.session_id = session.id)`.execute(db);
  await sql`create index session_kept on session (project_id, id) where phase in ('archived', 'review')`.execute(
    db,
  );
  await sql`alter table session_tag add rule text`.execute(db);
  // A person took this tag off: no rule puts it back.
  await sql`
    create table tag_veto (
      session_id uuid not null references session,
      tag text not null,
      primary key (session_id, tag)
    )`.execute(db);
}

/** A hold is on a session, on all of a subject, or on all that a query finds, now or later. */
async function holds(db: Kysely<unknown>) {
  await sql`
    alter table hold
      alter session_id drop not null,
      add project_id text references project,
      add scope text not null default 'session' check (scope in ('session', 'subject', 'query')),
      add subject_id uuid references subject on delete cascade,
      add tag text,
      add opened_from timestamptz,
      add opened_before timestamptz`.execute(db);
  await sql`update hold set project_id = (select project_id from session where id = hold.session_id)`.execute(
    db,
  );
  await sql`
    alter table hold
      alter project_id set not null,
      add check ((scope = 'session') = (session_id is not null)),
      add check ((scope = 'subject') = (subject_id is not null))`.execute(db);
  await sql`
    create index hold_scope on hold (project_id) where released_at is null and scope <> 'session'`.execute(
    db,
  );
}

/** What one person asked for and another has to approve. */
async function secondPersons(db: Kysely<unknown>) {
  await sql`
    create table approval (
      id uuid primary key,
      project_id text not null references project,
      kind text not null,
      object_id text not null,
      payload jsonb not null,
      reason text not null,
      requested_by text not null,
      requested_at timestamptz not null,
      outcome text check (outcome in ('approved', 'refused')),
      decided_by text,
      decided_at timestamptz,
      check ((outcome is null) = (decided_at is null)),
      -- Four eyes: whoever asks may take it back, never grant it.
      check (outcome is distinct from 'approved' or decided_by <> requested_by)
    )`.execute(db);
  await sql`
    create table approval_card (
      approval_id uuid not null references approval on delete cascade,
      chat_id bigint not null,
      message_id bigint not null,
      primary key (approval_id, chat_id)
    )`.execute(db);
  await sql`
    create unique index approval_waiting on approval (project_id, kind, object_id) where outcome is null`.execute(
    db,
  );
}

async function rollouts(db: Kysely<unknown>) {
  // A new version on its way to the sessions: first every row, then the workflows whose date came earlier.
  await sql`
    create table rollout (
      project_id text not null,
      version int not null,
      phase text not null check (phase in ('deciding', 'telling', 'done', 'superseded')),
      cursor uuid,
      sessions int not null,
      decided int not null default 0,
      earlier int not null default 0,
      later int not null default 0,
      started_at timestamptz not null,
      finished_at timestamptz,
      primary key (project_id, version),
      foreign key (project_id, version) references policy
    )`.execute(db);
  await sql`create index rollout_running on rollout (started_at) where finished_at is null`.execute(db);
  // Events that many sessions get at once: they enter the outbox slowly, so that customers' own pass.
  await sql`
    create table throttled_event (
      session_id uuid not null references session,
      event text not null,
      project_id text not null,
      created_at timestamptz not null,
      primary key (session_id, event)
    )`.execute(db);
  await sql`create index throttled_event_order on throttled_event (created_at)`.execute(db);
  await sql`
    create table deletion_day (
      project_id text not null references project,
      day date not null,
      -- How many sessions the archive held when the first deletion of the day began.
      archived int not null,
      began int not null,
      primary key (project_id, day)
    )`.execute(db);
}

async function grants(db: Kysely<unknown>) {
  await sql`
    grant select, insert, update, delete on
      tag_veto, approval, approval_card, rollout, throttled_event, deletion_day
    to retention_service`.execute(db);
}
