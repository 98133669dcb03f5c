import { answerCustomer } from './answer.ts';
import { decideApproval } from './approvals.ts';
import { banCustomer, unbanCustomer } from './bans.ts';
import { resumeDeletions } from './breaker.ts';
import { answerNotice } from './consent.ts';
import { dateEvent } from './dated-events.ts';
import type { ActDeps } from './deps.ts';
import type { ExportActDeps } from './export-order.ts';
import { createExportActs, type ExportActs } from './exports.ts';
import { editAnswer, editCustomerMessage } from './edit.ts';
import { holdQuery, holdSubject } from './hold-scopes.ts';
import { chooseLanguage } from './language.ts';
import { placeHold, releaseHold, releaseHolds } from './holds.ts';
import { closeSession, reopenSession } from './lifecycle.ts';
import { applyPolicy } from './policies.ts';
import { receiveMessage } from './receive.ts';
import { ingestMessages, ingestSession } from './ingest.ts';
import { confirmErasure, requestErasure, withdrawErasure } from './erasures.ts';
import { eraseGoneAccount, noteMembership } from './inactivity.ts';
import { extendErasure, fileErasureRequest, refuseErasure } from './erasure-filing.ts';
import { withReferences } from './person-references.ts';
import { approveAll, planBulk } from './review-bulk.ts';
import { addNote, editNote } from './notes.ts';
import { decideReview } from './reviews.ts';
import { authorizeLonger, chooseJurisdiction, correctJurisdiction, setMajority } from './subjects.ts';
import { listSavedSearches, removeSavedSearch, savedSearch, saveSearch } from './saved-searches.ts';
import { rebuildIndex } from './search-rebuild.ts';
import { searchSessions } from './search.ts';
import { openKeptFile } from './kept-files.ts';
import { takeBackAnswer } from './take-back.ts';
import { openTranscript } from './transcript.ts';
import { setSilence, toggleSilence, transferSession } from './transfer.ts';
import { previewTag, relabelChoices } from './tag-preview.ts';
import { bySecondPerson } from './second-person.ts';
import { changeTag } from './tags.ts';
import { recordConnection } from './business.ts';
import { removeDeletedMessages } from './deleted-messages.ts';
import { enterGroup, leaveGroup, migrateGroup } from './groups.ts';
import { storeReaction } from './reactions.ts';
import { createToken, revokeToken } from './tokens.ts';
import { writeNote } from './written-notes.ts';
import { addWebhook, removeWebhook, testWebhook } from './webhooks.ts';

type Bound<F> = F extends (deps: ActDeps, act: infer A) => infer R ? (act: A) => R : never;

/**
 * What people do to sessions, from chat, console or command line: each act is one transaction with its
 * effect, its audit entry and the event for the workflow.
 */
export interface Acts extends ExportActs {
  readonly receiveMessage: Bound<typeof receiveMessage>;
  readonly editCustomerMessage: Bound<typeof editCustomerMessage>;
  readonly answerCustomer: Bound<typeof answerCustomer>;
  readonly editAnswer: Bound<typeof editAnswer>;
  readonly takeBackAnswer: Bound<typeof takeBackAnswer>;
  readonly addNote: Bound<typeof addNote>;
  readonly editNote: Bound<typeof editNote>;
  readonly writeNote: Bound<typeof writeNote>;
  readonly banCustomer: Bound<typeof banCustomer>;
  readonly unbanCustomer: Bound<typeof unbanCustomer>;
  readonly transferSession: Bound<typeof transferSession>;
  readonly toggleSilence: Bound<typeof toggleSilence>;
  readonly setSilence: Bound<typeof setSilence>;
  readonly answerNotice: Bound<typeof answerNotice>;
  readonly closeSession: Bound<typeof closeSession>;
  readonly reopenSession: Bound<typeof reopenSession>;
  readonly changeTag: Bound<typeof changeTag>;
  readonly previewTag: Bound<typeof previewTag>;
  readonly relabelChoices: Bound<typeof relabelChoices>;
  readonly dateEvent: Bound<typeof dateEvent>;
  readonly chooseJurisdiction: Bound<typeof chooseJurisdiction>;
  readonly correctJurisdiction: Bound<typeof correctJurisdiction>;
  readonly chooseLanguage: Bound<typeof chooseLanguage>;
  readonly authorizeLonger: Bound<typeof authorizeLonger>;
  readonly setMajority: Bound<typeof setMajority>;
  readonly placeHold: Bound<typeof placeHold>;
  readonly holdSubject: Bound<typeof holdSubject>;
  readonly holdQuery: Bound<typeof holdQuery>;
  readonly releaseHold: Bound<typeof releaseHold>;
  readonly releaseHolds: Bound<typeof releaseHolds>;
  readonly decideReview: Bound<typeof decideReview>;
  readonly planBulk: Bound<typeof planBulk>;
  readonly approveAll: Bound<typeof approveAll>;
  readonly requestErasure: Bound<typeof requestErasure>;
  readonly confirmErasure: Bound<typeof confirmErasure>;
  readonly withdrawErasure: Bound<typeof withdrawErasure>;
  readonly fileErasureRequest: Bound<typeof fileErasureRequest>;
  readonly refuseErasure: Bound<typeof refuseErasure>;
  readonly extendErasure: Bound<typeof extendErasure>;
  readonly eraseGoneAccount: Bound<typeof eraseGoneAccount>;
  readonly noteMembership: Bound<typeof noteMembership>;
  readonly applyPolicy: Bound<typeof applyPolicy>;
  readonly decideApproval: Bound<typeof decideApproval>;
  readonly resumeDeletions: Bound<typeof resumeDeletions>;
  readonly openTranscript: Bound<typeof openTranscript>;
  readonly openKeptFile: <T>(act: Parameters<typeof openKeptFile<T>>[1]) => Promise<T>;
  readonly searchSessions: Bound<typeof searchSessions>;
  readonly rebuildIndex: Bound<typeof rebuildIndex>;
  readonly saveSearch: Bound<typeof saveSearch>;
  readonly listSavedSearches: Bound<typeof listSavedSearches>;
  readonly savedSearch: Bound<typeof savedSearch>;
  readonly removeSavedSearch: Bound<typeof removeSavedSearch>;
  readonly enterGroup: Bound<typeof enterGroup>;
  readonly leaveGroup: Bound<typeof leaveGroup>;
  readonly migrateGroup: Bound<typeof migrateGroup>;
  readonly recordConnection: Bound<typeof recordConnection>;
  readonly removeDeletedMessages: Bound<typeof removeDeletedMessages>;
  readonly storeReaction: Bound<typeof storeReaction>;
  readonly ingestSession: Bound<typeof ingestSession>;
  readonly ingestMessages: Bound<typeof ingestMessages>;
  readonly createToken: Bound<typeof createToken>;
  readonly revokeToken: Bound<typeof revokeToken>;
  readonly addWebhook: Bound<typeof addWebhook>;
  readonly removeWebhook: Bound<typeof removeWebhook>;
  readonly testWebhook: Bound<typeof testWebhook>;
}

export function createActs(deps: ExportActDeps): Acts {
  return {
    ...createExportActs(deps),
    receiveMessage: async (act) => receiveMessage(deps, await withReferences(deps, act)),
    editCustomerMessage: async (act) => editCustomerMessage(deps, await withReferences(deps, act)),
    answerCustomer: async (act) => answerCustomer(deps, await withReferences(deps, act)),
    editAnswer: async (act) => editAnswer(deps, await withReferences(deps, act)),
    takeBackAnswer: (act) => takeBackAnswer(deps, act),
    addNote: async (act) => addNote(deps, await withReferences(deps, act)),
    editNote: async (act) => editNote(deps, await withReferences(deps, act)),
    banCustomer: (act) => banCustomer(deps, act),
    unbanCustomer: (act) => unbanCustomer(deps, act),
    transferSession: (act) => transferSession(deps, act),
    toggleSilence: (act) => toggleSilence(deps, act),
    setSilence: (act) => setSilence(deps, act),
    answerNotice: (act) => answerNotice(deps, act),
    closeSession: (act) => closeSession(deps, act),
    reopenSession: (act) => reopenSession(deps, act),
    changeTag: (act) => changeTag(deps, act),
    previewTag: (act) => previewTag(deps, act),
    relabelChoices: (act) => relabelChoices(deps, act),
    dateEvent: (act) => dateEvent(deps, act),
    chooseJurisdiction: (act) => chooseJurisdiction(deps, act),
    correctJurisdiction: (act) => correctJurisdiction(deps, act),
    chooseLanguage: (act) => chooseLanguage(deps, act),
    authorizeLonger: (act) => authorizeLonger(deps, act),
    setMajority: (act) => setMajority(deps, act),
    placeHold: (act) => placeHold(deps, act),
    holdSubject: (act) => holdSubject(deps, act),
    holdQuery: (act) => holdQuery(deps, act),
    releaseHold: (act) => releaseHold(deps, act),
    releaseHolds: (act) => releaseHolds(deps, act),
    decideReview: (act) => decideReview(deps, act),
    planBulk: (act) => planBulk(deps, act),
    approveAll: (act) => approveAll(deps, act),
    requestErasure: (act) => requestErasure(deps, act),
    confirmErasure: (act) => confirmErasure(deps, act),
    withdrawErasure: (act) => withdrawErasure(deps, act),
    fileErasureRequest: (act) => fileErasureRequest(deps, act),
    refuseErasure: (act) => refuseErasure(deps, act),
    extendErasure: (act) => extendErasure(deps, act),
    eraseGoneAccount: (act) => eraseGoneAccount(deps, act),
    noteMembership: (act) => noteMembership(deps, act),
    applyPolicy: (act) => applyPolicy(deps, act),
    decideApproval: async (act) => decideApproval(deps, await bySecondPerson(deps, act)),
    resumeDeletions: (act) => resumeDeletions(deps, act),
    openTranscript: (act) => openTranscript(deps, act),
    openKeptFile: (act) => openKeptFile(deps, act),
    writeNote: (act) => writeNote(deps, act),
    searchSessions: (act) => searchSessions(deps, act),
    rebuildIndex: (act) => rebuildIndex(deps, act),
    saveSearch: (act) => saveSearch(deps, act),
    listSavedSearches: (act) => listSavedSearches(deps, act),
    savedSearch: (act) => savedSearch(deps, act),
    removeSavedSearch: (act) => removeSavedSearch(deps, act),
    enterGroup: (act) => enterGroup(deps, act),
    leaveGroup: (act) => leaveGroup(deps, act),
    migrateGroup: (act) => migrateGroup(deps, act),
    recordConnection: (act) => recordConnection(deps, act),
    removeDeletedMessages: (act) => removeDeletedMessages(deps, act),
    storeReaction: (act) => storeReaction(deps, act),
    ingestSession: (act) => ingestSession(deps, act),
    ingestMessages: (act) => ingestMessages(deps, act),
    createToken: (act) => createToken(deps, act),
    revokeToken: (act) => revokeToken(deps, act),
    addWebhook: (act) => addWebhook(deps, act),
    removeWebhook: (act) => removeWebhook(deps, act),
    testWebhook: (act) => testWebhook(deps, act),
  };
}
