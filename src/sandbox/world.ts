import type { User } from '@grammyjs/types';
import { privateChat } from './access.ts';
import type { Faults } from './faults.ts';
import type { Hub } from './hub.ts';
import type { Play } from './play.ts';
import type { BotRecord, ChatRecord, MemberRecord, PersonRecord, ProjectRecord, Role } from './records.ts';

export interface PersonSetup {
  role: Role;
  firstName: string;
  lastName?: string;
  username?: string;
  /** IETF tag, as the person's app would report it. */
  languageCode: string;
}

export interface ProjectSetup {
  id: string;
  title: string;
  bot: { token: string; username: string; name: string };
  staffGroup: { title: string };
  people: PersonSetup[];
}

export interface ProjectIds {
  botId: number;
  /** A forum supergroup in which the bot may manage topics and delete messages. */
  staffChatId: number;
  people: { role: Role; id: number }[];
}

/** The outside world of the bots: its people, its chats, and what can go wrong in it. */
export interface World {
  /** Makes a project's bot, group and people, or finds them as they are; ids stay the same for ever. */
  ensureProject(setup: ProjectSetup): ProjectIds;
  /** A new person who may write to the project's bot (customer) or is in its staff group. */
  addPerson(projectId: string, person: PersonSetup): number;
  /** Changes what a member of a group may do; for trying what a bot does without its rights. */
  setMember(chatId: number, userId: number, change: Partial<Omit<MemberRecord, 'userId'>>): void;
  play: Play;
  faults: Faults;
}

/** Real ids passed 32 bits long ago; these do too, so that code which keeps them in 32 bits shows it. */
const FIRST_PERSON_ID = 6_100_000_000;
const FIRST_BOT_ID = 7_200_000_000;
const FIRST_GROUP_ID = 1_002_100_000_000;
const FIRST_UPDATE_ID = 410_000_001;

export function createWorld(hub: Hub, play: Play, faults: Faults): World {
  return {
    play,
    faults,
    ensureProject(setup) {
      const project = ensureProjectRecord(hub, setup);
      ensureBot(hub, project, setup);
      ensureStaffGroup(hub, project, setup.staffGroup.title);
      const seen = new Map<string, number>();
      const people = setup.people.map((person) => {
        const name = `${setup.id}/${person.role}/${person.username ?? person.firstName}`;
        const count = (seen.get(name) ?? 0) + 1;
        seen.set(name, count);
        return {
          role: person.role,
          id: ensurePerson(hub, project, person, count === 1 ? name : `${name}/${count}`),
        };
      });
      hub.changed({ projectId: project.id });
      return { botId: project.botId, staffChatId: project.staffChatId, people };
    },
    addPerson(projectId, person) {
      const project = hub.projects.get(projectId);
      if (!project) throw new RangeError(`No project ${projectId} in the sandbox; call ensureProject first.`);
      const id = ensurePerson(hub, project, person, `${projectId}/added/${hub.next('added-person')}`);
      hub.changed({ projectId });
      return id;
    },
    setMember(chatId, userId, change) {
      const chat = hub.chats.get(chatId);
      if (!chat) throw new RangeError(`No chat ${chatId} in the sandbox.`);
      chat.members = chat.members.map((m) => (m.userId === userId ? { ...m, ...change } : m));
      hub.chats.put(chatId, chat);
      hub.changed({ projectId: chat.projectId, chatId });
    },
  };
}

function ensureProjectRecord(hub: Hub, { id, title, bot }: ProjectSetup): ProjectRecord {
  const known = hub.projects.get(id);
  const project: ProjectRecord = known
    ? { ...known, title }
    : { id, title, botId: newBotId(hub, bot.token), staffChatId: -(FIRST_GROUP_ID + hub.next('group')) };
  hub.projects.put(id, project);
  return project;
}

/** A real token begins with the bot's id, and code relies on it. */
function newBotId(hub: Hub, token: string): number {
  const fromToken = /^(\d{5,13}):/.exec(token)?.[1];
  return fromToken !== undefined && !hub.bots.get(fromToken)
    ? Number(fromToken)
    : FIRST_BOT_ID + hub.next('bot');
}

function ensureBot(hub: Hub, project: ProjectRecord, { bot }: ProjectSetup): void {
  const user = { id: project.botId, is_bot: true, first_name: bot.name, username: bot.username };
  const known = hub.bots.get(project.botId);
  // In place, because calls that are under way hold this record.
  const record: BotRecord = known
    ? Object.assign(known, { user, token: bot.token })
    : {
        id: project.botId,
        token: bot.token,
        user,
        projectId: project.id,
        nextUpdateId: FIRST_UPDATE_ID,
        commands: {},
        description: '',
        shortDescription: '',
      };
  hub.bots.put(record.id, record);
}

function ensureStaffGroup(hub: Hub, project: ProjectRecord, title: string): void {
  const chat = { id: project.staffChatId, type: 'supergroup', title, is_forum: true } as const;
  const known = hub.chats.get(chat.id);
  const bot: MemberRecord = {
    userId: project.botId,
    status: 'administrator',
    canManageTopics: true,
    canDeleteMessages: true,
  };
  const record: ChatRecord = known
    ? Object.assign(known, { chat })
    : {
        id: chat.id,
        projectId: project.id,
        botId: project.botId,
        chat,
        members: [bot],
        pinned: [],
      };
  hub.chats.put(record.id, record);
}

function ensurePerson(hub: Hub, project: ProjectRecord, person: PersonSetup, key: string): number {
  const known = hub.people.values().find((p) => p.key === key);
  const id = known?.user.id ?? FIRST_PERSON_ID + hub.next('person');
  const user: User = {
    id,
    is_bot: false,
    first_name: person.firstName,
    ...(person.lastName !== undefined && { last_name: person.lastName }),
    ...(person.username !== undefined && { username: person.username }),
    language_code: person.languageCode,
  };
  const record: PersonRecord = known
    ? Object.assign(known, { user, role: person.role })
    : { key, projectId: project.id, role: person.role, user, started: false, blocked: false };
  hub.people.put(id, record);
  ensurePrivateChat(hub, project, user);
  if (person.role !== 'customer') joinStaff(hub, project, record);
  return id;
}

function ensurePrivateChat(hub: Hub, project: ProjectRecord, user: User): void {
  const chat = privateChat(user);
  const known = hub.chats.get(user.id);
  const record: ChatRecord = known
    ? Object.assign(known, { chat })
    : {
        id: user.id,
        projectId: project.id,
        botId: project.botId,
        chat,
        members: [user.id, project.botId].map((userId) => ({
          userId,
          status: 'member',
          canManageTopics: false,
          canDeleteMessages: true,
        })),
        pinned: [],
      };
  hub.chats.put(user.id, record);
}

/** Staff may manage topics, or an agent could not write `/reopen` into a closed one. */
function joinStaff(hub: Hub, project: ProjectRecord, person: PersonRecord): void {
  const group = hub.chats.get(project.staffChatId);
  if (!group || group.members.some((m) => m.userId === person.user.id)) return;
  group.members.push({
    userId: person.user.id,
    status: person.role === 'supervisor' ? 'creator' : 'administrator',
    canManageTopics: true,
    canDeleteMessages: true,
  });
  hub.chats.put(group.id, group);
}
