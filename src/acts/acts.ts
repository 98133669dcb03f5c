import { answerCustomer } from './answer.ts';
import { answerNotice } from './consent.ts';
import type { ActDeps } from './deps.ts';
import { editAnswer, editCustomerMessage } from './edit.ts';
import { placeHold, releaseHolds } from './holds.ts';
import { closeSession, reopenSession } from './lifecycle.ts';
import { receiveMessage } from './receive.ts';
import { decideReview } from './reviews.ts';
import { changeTag } from './tags.ts';

type Bound<F> = F extends (deps: ActDeps, act: infer A) => infer R ? (act: A) => R : never;

/**
 * What people do to sessions, from chat, console or command line: each act is one transaction with its
 * effect, its audit entry and the event for the workflow.
 */
export interface Acts {
  readonly receiveMessage: Bound<typeof receiveMessage>;
  readonly editCustomerMessage: Bound<typeof editCustomerMessage>;
  readonly answerCustomer: Bound<typeof answerCustomer>;
  readonly editAnswer: Bound<typeof editAnswer>;
  readonly answerNotice: Bound<typeof answerNotice>;
  readonly closeSession: Bound<typeof closeSession>;
  readonly reopenSession: Bound<typeof reopenSession>;
  readonly changeTag: Bound<typeof changeTag>;
  readonly placeHold: Bound<typeof placeHold>;
  readonly releaseHolds: Bound<typeof releaseHolds>;
  readonly decideReview: Bound<typeof decideReview>;
}

export function createActs(deps: ActDeps): Acts {
  return {
    receiveMessage: (act) => receiveMessage(deps, act),
    editCustomerMessage: (act) => editCustomerMessage(deps, act),
    answerCustomer: (act) => answerCustomer(deps, act),
    editAnswer: (act) => editAnswer(deps, act),
    answerNotice: (act) => answerNotice(deps, act),
    closeSession: (act) => closeSession(deps, act),
    reopenSession: (act) => reopenSession(deps, act),
    changeTag: (act) => changeTag(deps, act),
    placeHold: (act) => placeHold(deps, act),
    releaseHolds: (act) => releaseHolds(deps, act),
    decideReview: (act) => decideReview(deps, act),
  };
}
