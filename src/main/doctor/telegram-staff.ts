import { GrammyError, type Api } from 'grammy';
import { failure, ok, warning, type Verdict } from '../../domain/doctor.ts';
import { mayDo, type Role } from '../../domain/roles.ts';

/** A member of staff, as the bot writes to them. */
export interface BotMember {
  readonly id: string;
  readonly telegramUserId: number;
  readonly roles: readonly Role[];
}

type Look = Pick<Api, 'getChat' | 'getChatMember' | 'sendChatAction'>;

/**
 * Whether the bot reaches those it has something to tell, and whether those who answer are in the staff group.
 * Only an attempt to write shows who has blocked the bot; "typing…" is the least there is.
 */
export async function checkStaff(
  api: Look,
  { staff, staffChatId, id }: { staff: readonly BotMember[]; staffChatId: number | null; id: string },
): Promise<Verdict> {
  const deciding = staff.filter(({ roles }) => mayDo(roles, 'review.decide'));
  const inCharge = staff.filter(({ roles }) => roles.includes('compliance') || roles.includes('admin'));
  const told = new Set([...deciding, ...inCharge]);
  const unreached = await those([...told], async ({ telegramUserId }) => {
    return !(await answers(() => api.sendChatAction(telegramUserId, 'typing')));
  });
  const outside = await those(staff, async ({ telegramUserId, roles }) => {
    if (staffChatId === null || !mayDo(roles, 'session.answer')) return false;
    const member = await unlessRefused(() => api.getChatMember(staffChatId, telegramUserId));
    return !member || member.status === 'left' || member.status === 'kicked';
  });
  if (deciding.length === 0)
    return failure(
      `${staff.length}, and nobody who may decide reviews`,
      'Reviews end by silence alone.',
      `Give somebody the role supervisor in telegram.staff of the project file of ${id}.`,
    );
  const wrong = [
    ...(unreached.length > 0 ? [`the bot cannot write to ${unreached.join(', ')}`] : []),
    ...(outside.length > 0 ? [`${outside.join(', ')} not in the staff group`] : []),
  ];
  const found = `${staff.length}, of whom ${deciding.length} decide reviews and ${inCharge.length} are called by alarms`;
  if (wrong.length === 0) return ok(`${found}; all are reached`);
  return warning(
    `${found}; ${wrong.join('; ')}`,
    'Whom the bot cannot write to sees no card and no alarm, and who is not in the group cannot answer.',
    'Have them open the bot and press Start, and add them to the staff group; who left goes out of the project file.',
  );
}

/** The group that a project names for its supervisors. */
export async function checkSupervisorsGroup(api: Look, chatId: number, botId: number): Promise<Verdict> {
  const member = await unlessRefused(() => api.getChatMember(chatId, botId));
  const writes = await answers(() => api.sendChatAction(chatId, 'typing'));
  if (member && member.status !== 'left' && member.status !== 'kicked' && writes)
    return ok(
      `the bot is ${member.status === 'administrator' ? 'an administrator' : 'a member'} and may write`,
    );
  return failure(
    'the bot is not in it, or may not write',
    'Reviews are shown to each supervisor in private instead, or to nobody.',
    'Add the bot to the group, or take telegram.supervisorsChat out of the project file.',
  );
}

async function those(
  staff: readonly BotMember[],
  is: (member: BotMember) => Promise<boolean>,
): Promise<string[]> {
  const marks = await Promise.all(staff.map(is));
  return staff.filter((_, at) => marks[at]).map(({ id }) => `staff ${id.slice(0, 8)}`);
}

async function answers(call: () => Promise<unknown>): Promise<boolean> {
  return (await unlessRefused(call)) !== undefined;
}

async function unlessRefused<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof GrammyError && (error.error_code === 400 || error.error_code === 403))
      return undefined;
    throw error;
  }
}
