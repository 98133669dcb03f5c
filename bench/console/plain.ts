import { sql, type RawBuilder } from 'kysely';

const PAGE = 50;

export type Plain = RawBuilder<unknown>;

/**
 * What a page is of, asked for as plainly as can be: one statement over the project's rows that returns a page of
 * them or the counts, with nothing of who may see what.
 */
export const PLAIN: Readonly<Record<string, (projectId: string) => Plain>> = {
  '/p/:project/sessions': (projectId) => sql`
    select * from session where project_id = ${projectId} order by opened_at desc limit ${PAGE}`,
  '/p/:project/reviews': (projectId) => sql`
    select s.*, r.* from review r join session s on s.id = r.session_id
    where s.project_id = ${projectId} and r.ended is null order by r.due_at limit ${PAGE}`,
  '/p/:project/holds': (projectId) => sql`
    select * from hold where project_id = ${projectId} and released_at is null order by placed_at desc limit ${PAGE}`,
  '/p/:project/approvals': (projectId) => sql`
    select * from approval where project_id = ${projectId} order by requested_at desc limit ${PAGE}`,
  '/p/:project/erasures': (projectId) => sql`
    select * from erasure where project_id = ${projectId} order by received_at desc limit ${PAGE}`,
  '/p/:project/exports': (projectId) => sql`
    select * from export where project_id = ${projectId} order by requested_at desc limit ${PAGE}`,
  '/p/:project/audit': (projectId) => sql`
    select * from audit_entry where project_id = ${projectId} order by seq desc limit ${PAGE}`,
  '/p/:project/overview': (projectId) => sql`
    select phase, count(*) from session where project_id = ${projectId} group by phase`,
  '/p/:project/people': (projectId) => sql`select * from staff where project_id = ${projectId}`,
  '/people': () => sql`select * from account`,
};
