import { FAULTS_OF_PROOF } from './catalogue-proof.ts';
import type { FaultRow } from './catalogue-row.ts';
import { FAULTS_OF_SESSIONS } from './catalogue-sessions.ts';

/** What can go wrong, and where it is made to. */
export const FAULTS: readonly FaultRow[] = [...FAULTS_OF_SESSIONS, ...FAULTS_OF_PROOF];
