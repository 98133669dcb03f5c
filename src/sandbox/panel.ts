/** What the retention service knows of its sessions, for the strip above the chats. */
export interface SandboxPanel {
  links: { label: string; url: string }[];
  sessions: {
    id: string;
    project: string;
    phase: string;
    /** What happens next, in words. */
    next: string;
    /** When it happens, ISO 8601. */
    due?: string;
    url?: string;
    topicId?: number;
  }[];
}
