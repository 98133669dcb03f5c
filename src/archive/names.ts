import { AppError } from '../domain/errors.ts';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const PROJECT = /^[A-Za-z0-9_-]{1,64}$/;

/** Names are seen by whoever may list the store, so they hold opaque ids alone: never a Telegram id, never a name. */
export interface ArchivePlace {
  readonly project: string;
  readonly session: string;
  readonly subject: string;
}

export interface AttachmentPlace {
  readonly project: string;
  readonly session: string;
  readonly attachment: string;
}

/** What every object of a session begins with. */
export function sessionPrefix(place: { project: string; session: string }): string {
  if (!PROJECT.test(place.project))
    throw new AppError('input_invalid', `${JSON.stringify(place.project)} is not a project id.`);
  return `${place.project}/${opaque(place.session)}/`;
}

/**
 * The object of one subject in one session. Each attempt at archiving writes under a name of its own, so
 * no object is ever written over: a worker that was taken for dead and comes back can change nothing.
 */
export function archiveName(place: ArchivePlace, attempt: number): string {
  return `${sessionPrefix(place)}${opaque(place.subject)}.${attempt}.jsonl.gz.sealed`;
}

/** What the objects of one subject's entries in one session begin with, whichever attempt wrote them. */
export function subjectPrefix(place: ArchivePlace): string {
  return `${sessionPrefix(place)}${opaque(place.subject)}.`;
}

/** The object of one attachment; as for `archiveName`, each attempt has its own. */
export function attachmentName(place: AttachmentPlace, attempt: number): string {
  return `${sessionPrefix(place)}${opaque(place.attachment)}.${attempt}.sealed`;
}

/** What an archive object is sealed for. It does not open as that of another session or person. */
export function archiveContext(place: ArchivePlace): string {
  return `archive/${place.project}/${opaque(place.session)}/${opaque(place.subject)}`;
}

export function attachmentContext(place: AttachmentPlace): string {
  return `attachment/${place.project}/${opaque(place.session)}/${opaque(place.attachment)}`;
}

function opaque(id: string): string {
  // The value is not repeated: what is no UUID may be somebody's Telegram id.
  if (!UUID.test(id))
    throw new AppError(
      'input_invalid',
      'An object name takes UUIDs in lower case, and one of its parts is none.',
    );
  return id;
}
