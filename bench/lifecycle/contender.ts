/** What a session has come to, as an outsider can see it. */
export const MILESTONES = ['archived', 'review', 'deleted'] as const;
export type Milestone = (typeof MILESTONES)[number];

/** One way to bring sessions through their life; all are driven alike. */
export interface Contender {
  readonly name: ContenderName;
  /** Sessions alive at once in the closed loop. */
  readonly inFlight: number;
  /** Starts its worker process; resolves when that takes work. */
  start(): Promise<RunningContender>;
}

export type ContenderName = 'retention' | 'bare' | 'pg-boss';

export interface RunningContender {
  readonly workerPid: number;
  /** Opens a session with all its messages and returns its id; `keepMs` counts from closure. */
  open(keep: 'short' | 'parked'): Promise<string>;
  close(sessionId: string): Promise<void>;
  approve(sessionId: string): Promise<unknown>;
  reached(sessionId: string, milestone: Milestone): Promise<void>;
  stop(): Promise<void>;
}
