import type { Api } from 'grammy';
import type { LanguageCode } from 'grammy/types';
import { ok, warning, type Verdict } from '../../domain/doctor.ts';

/** Whether Telegram offers commands to customers in every language, and to staff in their group. */
export async function checkCommands(
  api: Pick<Api, 'getMyCommands'>,
  { languages, staffChatId }: { languages: readonly string[]; staffChatId: number | null },
): Promise<Verdict> {
  const scope = { type: 'all_private_chats' } as const;
  const asked: [string, Parameters<typeof api.getMyCommands>[0]][] = [
    ['customers', { scope }],
    ...languages.map((language): (typeof asked)[number] => [
      `customers in ${language}`,
      { scope, language_code: language as LanguageCode },
    ]),
    ...(staffChatId === null
      ? []
      : [['staff', { scope: { type: 'chat', chat_id: staffChatId } }] as (typeof asked)[number]]),
  ];
  const counts = await Promise.all(
    asked.map(async ([whom, where]) => ({ whom, many: (await api.getMyCommands(where)).length })),
  );
  const none = counts.filter(({ many }) => many === 0).map(({ whom }) => whom);
  const some = counts.filter(({ many }) => many > 0).map(({ whom, many }) => `${whom} ${many}`);
  if (none.length === 0) return ok(some.join(', '));
  return warning(
    `none for ${none.join(', ')}`,
    'They have to know the commands by heart; those work all the same.',
    'Restart the part bot, which offers them, and see its log for why Telegram refused.',
  );
}
