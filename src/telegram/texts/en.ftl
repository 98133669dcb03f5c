### What customers read in their chat with the bot

welcome = Hello! You are writing to { $project }. Just send your message: a person will answer here.
notice = { $project } keeps this conversation to answer you, and deletes it when its time is over. It is stored encrypted and read only by the people who help you. Is that all right?
notice-changed = The privacy notice of { $project } has changed since you answered it. { $project } keeps this conversation to answer you, and deletes it when its time is over. It is stored encrypted and read only by the people who help you. Is that still all right?
notice-details = What is kept: your messages and files, your name and username as Telegram shows them. How long: as the rules of this service say; after that a person checks, and everything is deleted for good.
button-agree = I agree
button-details = Details
button-decline = No thanks
agreed = Thank you. Write whenever you like.
declined = Understood. Nothing you write here is stored. Send /start if you change your mind.
closed = This conversation is closed. Write again if something is missing.
button-reopen = Open it again
alert-too-late-to-reopen = It is too late to open this conversation again. Your next message begins a new one.
reopened = This conversation is open again.
not-stored = You declined the privacy notice, so this message was not stored and nobody will see it. Send /start to change that.
nothing-open = There is no open conversation.
too-late = This conversation was closed in the meantime. Write again to begin a new one.
settings =
    Your settings at { $project }

    { $place }
    { $kept }
settings-kept-usual = Your conversations are kept as long as the rules say, and no longer.
settings-kept-longer = You agreed on { $date } to your conversations being kept longer.
button-where-i-live = Where I live
button-keep-longer = Keep my conversations longer
button-usual-time = No longer than usual
button-yes-longer = Yes, keep them longer
button-back = Back
button-skip = Skip
where-from = Where do you live? The law there says how long your conversations may be kept. You need not answer, and you can write at any time.
you-live-here = You live here: { $place }. { $origin }
origin-customer = You said so yourself.
origin-staff = The people who help you set it.
origin-language = It was guessed from the language of your Telegram.
place-default = Where you live is not known, so the rules of this service apply as for: { $place }.
place-not-known = Where you live is not known.
place-skipped = All right. Say where you live with /settings whenever you like.
place-eu = European Union and EEA
place-california = California
place-mainland-china = Mainland China
ask-longer = If you agree, the rules of this service may keep your conversations longer than usual, so that they are there when you need them. You can take it back here at any time. Do you agree?
alert-noted = Noted.
choose-language = In which language shall I write to you? Write to the people here in any language.
language-chosen = From now on I write to you in: { $language }.
command-language = The language I write to you in

### What customers read of their own data, of its erasure and of the rules

nothing-kept = Nothing is kept about you here.
ask-title = Delete everything { $project } keeps about you? Request { $number }
ask-goes = • Conversations that go: { $sessions }, with messages: { $messages }, and all their files
ask-person = • Your name, username, settings and consents
stays-title = What has to stay for now:
stays-nothing = Nothing has to stay.
stays-by-law = • Conversations: { $sessions }, by law, until { $until } at the latest. Reason: { $because }
stays-by-hold = • Conversations: { $sessions }, on hold as evidence or for a claim; until the hold is released
stays-meaning = Whatever stays is closed to everybody but compliance, and is deleted by itself when its reason ends.
ask-end = It cannot be undone. Once you confirm, nobody sees your data any more; it is deleted within 24 hours, 48 at the latest. The button works until { $until }, for you alone.
button-confirm-erasure = Delete my data
button-keep-data = Keep it
alert-kept = Nothing was deleted. Send /deletemydata whenever you change your mind.
alert-not-yours = This button is not yours, or no longer valid. Nothing happened. Send /deletemydata for a new one.
alert-confirmed = Confirmed. Nobody sees your data from now on.
alert-under-way = Your erasure is under way. /status shows how far it is.
write-in-private = This concerns you alone: write to me in private.
button-open-private = Open the private chat
no-anonymous = I cannot tell who you are when you write for a group or a channel. Write to me in private.
slow-down = Please wait: I answer this again in a minute.
progress-title = Erasure of your data · { $number }
requested-at = ✅ Requested: { $at }
waits-for-you = ⏳ Waits for your confirmation until { $until }. Send /deletemydata for a new button.
waits-for-staff = ⏳ Waits for a second person here to confirm it.
hidden-at = ✅ Confirmed, and hidden from everybody: { $at }
keys-at = ✅ Keys destroyed: { $at }. Since then no copy anywhere can be read.
keys-pending = ⏳ The keys are being destroyed
removed-at = ✅ Messages, files and archives removed: { $at }
removed-pending = ⏳ Messages, files and archives are being removed
verified-at = ✅ Every store checked again, nothing found: { $at }
verified-pending = ⏳ Every store will be checked again
receipt-pending = ⏳ Your receipt follows here
due-by = Aim: { $target }. At the latest: { $deadline }.
law-by = Deadline by { $regulation }: { $deadline }.
receipt-title = Receipt { $number }: your data is deleted
rest-title = Receipt { $number }: what had to stay is deleted now as well
all-stays-title = Receipt { $number }: all of it has to stay for now
removed-title = Deleted:
counts-sessions =
    { $count ->
        [one] { $count } conversation
       *[other] { $count } conversations
    }
counts-messages =
    { $count ->
        [one] { $count } message
       *[other] { $count } messages
    }
counts-revisions =
    { $count ->
        [one] { $count } version of a message
       *[other] { $count } versions of messages
    }
counts-attachments =
    { $count ->
        [one] { $count } file
       *[other] { $count } files
    }
counts-objects =
    { $count ->
        [one] { $count } archived file
       *[other] { $count } archived files
    }
counts-bytes =
    { $count ->
        [one] { $count } byte in the archive
       *[other] { $count } bytes in the archive
    }
telegram-keeps = What we cannot reach: this chat itself, on Telegram’s servers and on your devices, and whatever others forwarded. To delete it: open the chat’s menu, “Delete chat”, and choose to delete it for both sides.
final-from = Final from: { $at }. Until then the store keeps locked copies of deleted files. Their keys are destroyed, so nobody can read them.
quote = If you have questions, quote { $number }. /status shows this again.
button-copy-number = Copy the number
inactivity-warning = You have not written to { $project } for a while. What is kept about you here will be deleted on { $date }. To keep it, send any message before then, for example /status. You need do nothing if it may go.
refused = Your request { $number } was refused. The ground: { $ground }
refusal-grounds-not-identified = It could not be established that the request comes from the person it is about (GDPR Art. 12(2) and (6)).
refusal-grounds-legal-duty = A law obliges us to keep these data for now (GDPR Art. 17(3)(b)).
refusal-grounds-legal-claims = The data are needed to establish, exercise or defend legal claims (GDPR Art. 17(3)(e)).
refusal-grounds-manifestly-unfounded = The request is manifestly unfounded or excessive (GDPR Art. 12(5)).
extended = The legal deadline was moved: { $ground }
extension-grounds-complexity = the request is complex.
extension-grounds-number-of-requests = many requests came in at the same time.
complain = If you do not agree, answer here, or see /developer_info. You may also complain to the data protection authority of the place where you live or work ({ $regulation }), or go to court.
expired = Request { $number } was not confirmed in time. Nothing was deleted. Send /deletemydata to ask again.
withdrawn = Request { $number } was taken back. Nothing was deleted.
nothing-running = There is no erasure request of yours. /mydata shows what is kept.
new-conversation = This began a new conversation. It is not part of the erasure { $number }, which goes on. To have it deleted too, send /deletemydata again when that one is done.
my-data-title = What { $project } keeps about you
telegram-id = Telegram id: { $id }
name-is = Name: { $name }
username-is = Username: @{ $username }
language-is = Language: { $language }
place-is = Where you live: { $place } ({ $origin })
place-unknown = Where you live: not known; treated as { $place }
place-origin-customer = you said so
place-origin-staff = set by the people who help you
place-origin-language = guessed from your language
elsewhere = elsewhere
consent-agreed = Privacy notice { $version }: you agreed on { $at }
consent-declined = Privacy notice { $version }: you declined on { $at }
no-consent = Privacy notice: not answered
kept-longer = You agreed to be kept longer on { $at }
unsubscribed-since = No contact, as you asked on { $at }
sessions-held = Conversations: { $count }
session = { $id } · begun { $opened } · messages: { $messages }
phase-open = Open.
phase-closed = Closed; will be sealed in the archive.
phase-archived = Sealed in the archive.
phase-review = Its time is over; a person checks before it is deleted.
phase-erasing = Being erased, as you asked. Nobody sees it any more.
phase-deleting = Being deleted.
on-hold = On hold: not deleted while that lasts.
restricted = Kept against your erasure request; closed to everybody but compliance.
kept-until = Kept until { $until }.
kept-until-about = Kept until about { $until }, as things stand.
rule-is = Why so long: { $because }.
rule-base = the usual period of this service
rule-extension = a supervisor extended it
rule-spam = marked as spam
page = Page { $page } of { $pages }
button-newer = ‹ Newer
button-older = Older ›
my-data-hint = Get it all: /export · Delete it: /deletemydata · The rules: /privacy
privacy-title = How long { $project } keeps what
base-keeps = • Usually: { $period } after a conversation was closed
rule-keeps-baseline = • { $period }: { $because }
rule-keeps-cap = • At most { $period }: { $because }
rule-keeps-minimum = • At least { $period }: { $because }
by-law = required by law
strictest = The shortest period that applies counts, and only a named reason extends it. Before anything is deleted a person has { $window } to check.
sealed = Messages, files and names are stored encrypted and are read only by the people who help you. After deletion the keys are destroyed, so that no copy can be read.
notice-at = The whole privacy notice: { $url }
your-rights = Your data: /mydata · /export · /deletemydata · /settings · /unsubscribe
operator = { $project } is run by:
no-contact = The operator of this bot has given no address. Write here, and a person will answer.
unsubscribed = You will get no more messages from here, neither from the bot nor from a person, until you write again. What is kept about you stays until its time is over, unless you have it deleted:
button-delete-too = Delete my data as well…
export-started = Your data is being gathered. The files come here; this can take some minutes.
export-running = Your data is being gathered already.
export-too-often = You had your data three times within a day. You can have it again from { $at }.
export-readable = Your data, to read in a browser
export-machine = Your data in the layout of Telegram Desktop’s export, for programs
export-done = That was all. Files: { $files }.
export-withheld = Not among them are conversations that are closed because of an erasure request: { $sessions }.
export-failed = Your data could not be sent just now. Try /export again later.
export-stopped = Your data is being erased, so it is not sent any more.
you = You
edited = edited { $at }; before:
attachment = File ({ $kind }): { $name }
command-start = Begin, and see the privacy notice
command-end = Close this conversation
command-settings = Where you live, and how long you are kept
command-mydata = What is kept about you, and until when
command-status = How far the erasure of your data is
command-export = Get all your data as files
command-deletemydata = Have your data deleted
command-unsubscribe = Get no more messages from here
command-privacy = What is kept, and how long
command-developer_info = Who runs this bot

### What staff read in the group, in their topics and in their chats with the bot

staff-welcome = You are on the staff of { $project }: reviews that wait for you appear here. Customers are answered in the staff group, in the topic of their session.
command-staff-close = Close this session
command-staff-reopen = Open it again, for a while after closing
command-staff-tag = Add a tag: /tag refund
command-staff-untag = Remove a tag: /untag refund
command-staff-hold = Stop any deletion: /hold reason
command-staff-jurisdiction = Correct where the customer lives: /jurisdiction EU
command-staff-release = Release its hold: /release reason
topic-open = open
topic-closed = closed
topic-archived = archived
topic-review = review
topic-deleted = deleted
status-opened = A customer writes. Answer here; /close when it is done, /tag to label it.
status-closed = Closed.
status-reopened = Open again.
status-tagged = Tags changed.
status-redated = A date is known now that the retention period counts from.
status-jurisdiction = Where the customer lives was corrected.
status-held = Held.
status-released = Released.
status-release-asked = Its release waits for a second person.
status-archived = The messages are sealed in the archive store.
status-review = The retention period is over.
status-lapsed = The review window passed without a decision.
status-decided = The review is decided.
status-blocked = The customer has blocked the bot: the last answer was not delivered.
status-undelivered = Telegram refused the last answer: it was not delivered. It is kept in the session.
status-unsubscribed = The customer wants no more contact: no answer reaches them until they write again.
status-uncopied = A message came in that Telegram does not let be copied here. It is kept in the session.
status-tags = Tags: { $tags }
status-on-hold = On hold: nothing is deleted while it lasts.
next-close-if-idle = Open. Closes by itself if nobody writes until { $date }.
next-archive = Closed. Can be reopened until { $date }, then it is archived.
next-archive-now = Closed. To be archived now.
next-open-review = Archived. Kept until { $date }, then a supervisor reviews its deletion.
next-open-review-now = A new review with a full window begins now.
next-end-review = In review, round { $round }. Waits for a supervisor until { $date }; then the policy decides.
next-delete = To be deleted at { $date }.
next-delete-now = To be deleted now.
next-paused = To be deleted, but the deletions of its project are paused until compliance resumes them.
next-restricted = Restricted: kept by law against an erasure request, for compliance alone.
next-held = On hold, until it is released.
next-held-until = On hold until { $date }, unless released earlier.
next-end = Deleted.
button-hold = Hold
alert-recorded = Recorded.
approval-policy = A policy that keeps sessions for a shorter time
approval-hold-release = The release of a hold
approval-erasure = The erasure of a customer
approval-waits = { $what } waits for a second person
approval-target = On { $target }: { $reason }
approval-asked = Asked for by { $who } at { $at }
approval-reason = Reason: { $reason }
approval-approved = Approved by { $who }.
approval-refused = Refused by { $who }.
staff-short = staff { $id }
button-approve = Approve
button-refuse = Refuse
alert-deletions-go-on = The deletions go on.
narrowed = 🔒 The customer wrote. It is kept in the session and not shown here: by the policy it is readable by { $roles } alone.
narrowed-to-nobody = 🔒 The customer wrote. It is kept in the session and not shown here: by the policy it is readable by nobody.
role-agent = agents
role-supervisor = supervisors
role-compliance = compliance
role-auditor = auditors
role-admin = administrators

### Groups, business accounts, and messages of every kind

group-notice = Hello! { $project } answers here. What is written to me in this group is kept encrypted to answer you and to keep records, read only by the people who help you, and deleted when its time is over. Anybody can see or delete their own data at any time: write /mydata or /deletemydata to me in private.
relay-by-owner = From the business account
relay-by-staff = From staff
relay-no-name = Somebody
relay-not-shown = 📎 A message came in ({ $kind }) that Telegram does not let be copied here. It is kept in the session.
relay-reaction = Reaction: { $emoji }
relay-reaction-none = The reaction was taken back.
relay-poll-answer = Answer to the poll: option { $options }
relay-poll-answer-none = The answer to the poll was taken back.
note-file-too-large = This file is larger than 20 MB. It was passed on to the people who help you, but it cannot be kept with this conversation.
note-file-too-large-staff = ⚠️ This file is larger than 20 MB, more than Telegram gives to bots. It is here in Telegram only and will not be in the archive: save it yourself if it has to be kept.
note-business-no-reply-staff = ⚠️ Not delivered: the business account is disconnected, or does not let the bot answer. The answer is kept in the session.

### The staff desk: a session's card, its topic, and what staff do in it

status-transferred = Somebody is responsible for this session now: see the card.
status-silent = Answers reach the customer without a notification from now on.
status-audible = Answers reach the customer with a notification again.
status-banned = Banned: what the customer writes is not taken any more. /unban lifts it.
status-unbanned = Not banned any more: what the customer writes is taken again.
status-taken-back = The answer is deleted in the chat of the customer. What it said is kept in the session.
status-not-taken-back = Telegram did not let the answer be deleted in the chat of the customer: a bot may do that for 48 hours. They can still read it.
command-staff-info = The card anew, with every rule that had a say
command-staff-note = A note that the customer never sees: /note text
command-staff-transfer = Who is responsible: /transfer @colleague
command-staff-silent = Answers without a notification, or with one again
command-staff-delete = Take an answer back: reply to it
command-staff-ban = Take nothing more from this customer: /ban ticket
command-staff-unban = Take what they write again
topics-waiting =
    { $count ->
        [one] ⏳ { $count } session waits for a topic of its own: Telegram lets no more be made for a while. Its messages are kept and appear here.
       *[other] ⏳ { $count } sessions wait for a topic of their own: Telegram lets no more be made for a while. Their messages are kept and appear here in order.
    }
topics-over = ✅ Every session that waited has its topic.
desk-note-kept = 📝 Kept as a note. The customer does not see it.
desk-edited =
    { $times ->
        [one] ✏️ edited
       *[other] ✏️ edited { $times } times
    }
banned = { $project } does not take your messages any more: what you write here is not stored and nobody reads it. What is kept of you is still yours to see and to delete: /mydata
export-note = An internal note on this conversation. Its words can be asked for at the contact named in /privacy: they may speak of other people, so somebody looks at them first.
history-head = Earlier sessions of this customer, the newest first:
history-none = There is no earlier session with this customer.
history-more = … and { $count } before them.
history-opened = opened { $date }
history-closed = closed { $date }
history-kept = kept until { $date }
card-customer = Customer: { $name }
card-no-name = Customer: no name is known
card-narrowed = Customer: not shown here, by the policy it is for { $roles } alone
card-narrowed-to-nobody = Customer: not shown here, by the policy it is for nobody
card-in-group = In a group: each message says whose it is
card-in-business = In the chat of a business account
card-language = Language: { $language }
card-tags = Tags: { $tags }
card-no-tags = Tags: none
card-responsible = Responsible: { $who }
card-silent = Answers arrive without a notification
card-banned = Banned since { $date }: nothing they write is taken
card-held = On hold: nothing is deleted until it is released
card-held-until = On hold: nothing is deleted until { $date }
card-if-closed = If it closed now: { $decision }
button-close-session = Close
button-reopen-session = Reopen
button-tags = Tags…
button-release = Release
button-history = History
alert-done = Done.
transfer-head = Who is to be responsible for this session?
transfer-yours = 👉 This session is yours now: { $who }

### Reviews, their digest, and the approval of many at once

review-head = Review of session { $id }, round { $round }
review-dates = Opened { $opened }, closed { $closed }
review-messages = Messages: { $messages }
review-tags = Tags: { $tags }
review-no-tags = Tags: none
review-kept-by = Kept by rule: { $rule }
review-deleted = Deleted for good: messages, files, archive and keys.
review-silence-delete = { $left }. Without a decision it is deleted at { $date }.
review-silence-hold = { $left }. Without a decision it is held from { $date }.
review-needs-two = Its deletion needs the approval of two people.
review-approved-once = 1 of 2 approvals: { $who } at { $at }. Another person has to approve too.
review-reminder = Session { $id }: { $silence }
review-you = you
review-ended-approve = Deletion approved by { $who } at { $at }.
review-ended-extend = Extended by { $who } at { $at }.
review-ended-relabel = Relabelled by { $who } at { $at }.
review-ended-hold = Held by { $who } at { $at }.
review-ended-interrupted = Cut short by a hold by { $who } at { $at }.
review-ended-silence-delete = Nobody decided in time, so the policy deletes it at { $at }.
review-ended-silence-hold = Nobody decided in time, so the policy holds it from { $at }.
left-days =
    { $count ->
        [one] { $count } day left
       *[other] { $count } days left
    }
left-hours =
    { $count ->
        [one] { $count } hour left
       *[other] { $count } hours left
    }
left-minutes =
    { $count ->
        [one] { $count } minute left
       *[other] { $count } minutes left
    }
left-none = Its window is over
review-shown-below = This card is shown again below.
button-next = Next ›
button-approve-rule = Approve all of a rule…
button-delete-many =
    { $count ->
        [one] Yes, delete { $count } session
       *[other] Yes, delete { $count } sessions
    }
alert-round-over = Round { $round } is over. { $how }
alert-newer-round = Round { $round } has a card of its own.
alert-approved-once = Your approval is recorded. Another person has to approve the deletion too.
alert-one-moment = One moment…
digest-none = { $project }: no review waits for a decision.
digest-waiting =
    { $count ->
        [one] { $project }: { $count } review waits for a decision.
       *[other] { $project }: { $count } reviews wait for a decision.
    }
digest-ending = Ending within 1 day: { $day }, 3 days: { $three }, 7 days: { $week }.
digest-first = The first ends at { $date }: { $left }.
digest-silence = If nobody decides, { $what }.
digest-deletes = { $count } will be deleted
digest-holds = { $count } will be held
digest-without-card = { $count } of them came without a card, as imported sessions do. Next shows them too.
digest-approved-once =
    { $count ->
        [one] { $count } of them waits for a second person.
       *[other] { $count } of them wait for a second person.
    }
digest-held =
    { $count ->
        [one] { $count } more is under hold and waits for release.
       *[other] { $count } more are under hold and wait for release.
    }
bulk-rules = Approve the deletion of all that wait by which rule? Nothing happens before you have seen what it would do.
bulk-ask = Delete for good all that wait by rule { $rule }?
bulk-range =
    { $count ->
        [one] { $count } session, the oldest begun { $oldest }, the newest { $newest }.
       *[other] { $count } sessions, the oldest begun { $oldest }, the newest { $newest }.
    }
bulk-none = Nothing that waits by rule { $rule } can be approved at once.
bulk-more =
    { $count ->
        [one] These are the ones that end first. { $count } more stays: press again for it.
       *[other] These are the ones that end first. { $count } more stay: press again for those.
    }
bulk-left-out = Left out:
bulk-left-held = { $count } under hold
bulk-left-restricted = { $count } kept by law against an erasure request
bulk-left-second-person =
    { $count ->
        [one] { $count } needs two people and nobody approved it yet: look at it
       *[other] { $count } need two people and nobody approved them yet: look at each
    }
bulk-left-your-own = { $count } you approved already, so another person has to
bulk-only-these = What comes into review from now on is not among them.
bulk-approved =
    { $count ->
        [one] Rule { $rule }: the deletion of { $count } session is approved.
       *[other] Rule { $rule }: the deletion of { $count } sessions is approved.
    }
bulk-approved-once =
    { $count ->
        [one] { $count } now waits for a second person: the policy changed meanwhile.
       *[other] { $count } now wait for a second person: the policy changed meanwhile.
    }
bulk-decided-approve = { $count } already approved by { $who }.
bulk-decided-extend = { $count } already extended by { $who }.
bulk-decided-relabel = { $count } already relabelled by { $who }.
bulk-decided-hold = { $count } already held by { $who }.
bulk-decided-silence = { $count } already ended by silence.
bulk-refused-held = { $count } refused: a hold came.
bulk-refused-phase-conflict = { $count } refused: no longer in review.
bulk-refused-deletion-began = { $count } refused: the deletion has begun.
bulk-refused-wrong-round = { $count } refused: a new round began.
bulk-refused = { $count } refused. Next shows them one by one.
button-approve-deletion = Approve deletion
button-keep-30-days = Keep 30 days more
button-relabel = Relabel…
button-tag-until = { $tag } → until { $date }

### Alarms

deletions-paused = ⛔ The deletions of { $project } are paused: more of the archive would go in one day than its policy allows. Nothing is deleted until compliance resumes them.
deletions-paused-restored = ⛔ The deletions of { $project } are paused: the database was restored, and is older than its workflows. Compliance checks the holds, then resumes them; an operator runs retention restore-check first.
deletions-resumed = ▶️ The deletions of { $project } go on.
button-resume-deletions = Resume deletions
audit-damaged = 🚨 A check found that the audit log was tampered with. An operator sees where with: retention audit verify
audit-refused = 🚨 The audit log is not the one that was signed before: it was rewritten or cut off. An operator should run: retention audit verify
audit-unanchored = 🚨 For more than an hour the signed state of the audit log could not be stored where nobody can rewrite it. An operator should look into the service log and run: retention audit verify
overdue = 🚨 { $project }: { $what }. The service tries again by itself. If this stays so, an operator should run: retention doctor
overdue-archive =
    { $count ->
        [one] { $count } closed session should be archived by now
       *[other] { $count } closed sessions should be archived by now
    }
overdue-review =
    { $count ->
        [one] { $count } session should be in review by now
       *[other] { $count } sessions should be in review by now
    }
overdue-decision =
    { $count ->
        [one] { $count } review should have ended by now
       *[other] { $count } reviews should have ended by now
    }
overdue-deletion =
    { $count ->
        [one] { $count } decided deletion should have begun by now
       *[other] { $count } decided deletions should have begun by now
    }
overdue-deleting =
    { $count ->
        [one] { $count } deletion that began should be finished by now
       *[other] { $count } deletions that began should be finished by now
    }
overdue-erasure =
    { $count ->
        [one] { $count } erasure request stands still or is past its target
       *[other] { $count } erasure requests stand still or are past their target
    }
overdue-outbox =
    { $count ->
        [one] { $count } session waits for its workflow to be told
       *[other] { $count } sessions wait for their workflow to be told
    }
overdue-audit =
    { $count ->
        [one] { $count } entry of the audit log is not signed, or its signed head not anchored
       *[other] { $count } entries of the audit log are not signed, or its signed heads not anchored
    }
updates-gap = { $project }: the bot was away for more than a day. What customers wrote from { $from } to { $until } UTC never arrived; ask those who were waiting for an answer.
erasure-late =
    { $hours ->
        [one] 🚨 Erasure { $number } is not done { $hours } hour after its confirmation.
       *[other] 🚨 Erasure { $number } is not done { $hours } hours after its confirmation.
    }
erasure-late-dates = Confirmed { $confirmed }, aim { $target }, deadline { $deadline }.
erasure-waits-destroy-keys = It waits for the keys to be destroyed: until then the data can still be read from copies. Check that the keys database and the worker run.
erasure-waits-remove = Its keys are gone, so nothing can be read. It waits for objects and rows to be removed. Check the archive store: retention lock, holds, access, reachability.
erasure-waits-verify = All is removed. It waits for every store to be read back as empty. Check the archive store and what the workflow says is left.
erasure-waits-conclude = All is gone. It waits for the receipt to reach the customer.
erasure-waits-other = It waits for its next step.
erasure-late-workflow = Its workflow says what it is stuck at: { $id } in the Temporal UI. It goes on by itself once that is mended.
store-away =
    { $minutes ->
        [one] 🚨 { $project }: the archive store has not answered for { $minutes } minute. Nothing is lost: archives and deletions wait for it. An operator should run: retention doctor
       *[other] 🚨 { $project }: the archive store has not answered for { $minutes } minutes. Nothing is lost: archives and deletions wait for it. An operator should run: retention doctor
    }
archive-damaged =
    { $count ->
        [one] 🚨 { $project }: { $count } archive object is damaged, exchanged or gone from its store. It is not shown as genuine. An operator should restore it and run: retention archive verify
       *[other] 🚨 { $project }: { $count } archive objects are damaged, exchanged or gone from their store. They are not shown as genuine. An operator should restore them and run: retention archive verify
    }
objects-missing =
    { $count ->
        [one] 🚨 { $project }: { $count } archive object was gone from its store before its deletion. The deletion goes on and is recorded with that; an operator should find out who else deletes there.
       *[other] 🚨 { $project }: { $count } archive objects were gone from their store before their deletion. The deletion goes on and is recorded with that; an operator should find out who else deletes there.
    }
cleared-archive = ✅ { $project }: closed sessions are archived in time again.
cleared-review = ✅ { $project }: reviews open in time again.
cleared-decision = ✅ { $project }: reviews end in time again.
cleared-deletion = ✅ { $project }: decided deletions begin in time again.
cleared-deleting = ✅ { $project }: deletions finish again.
cleared-erasure = ✅ { $project }: no erasure request stands still any more.
cleared-outbox = ✅ { $project }: workflows are told again.
cleared-audit = ✅ { $project }: the audit log is signed and anchored again.
cleared-store = ✅ { $project }: the archive store answers again. What waited for it goes on by itself.
cleared-archive-damaged = ✅ { $project }: no archive object is damaged any more.
cleared-audit-damaged = ✅ { $project }: the latest check of the audit log found it whole.
cleared-audit-refused = ✅ { $project }: the audit log can be signed again.
cleared-audit-unanchored = ✅ { $project }: heads of the audit log reach their anchor again.
erasure-no-longer-late = ✅ { $project }: erasure { $number }, which was late, is done.

### The public page about a customer's data
page-kept = What is kept
page-how-long = How long
page-rights = What you can do at any time
page-in-chat = Write one of these to the bot:
page-erasure = How a deletion goes
page-erasure-goes = You send /deletemydata to the bot and confirm. From then on nobody sees your conversations, and within 48 hours they are gone from every store, which is asked again to be sure. What a law or a legal claim keeps is locked away until then, and you are told why. At the end you get a receipt that anybody can check.
page-receipt = Check a receipt
page-contact = Who answers for it
page-no-contact = The operator has given no address. Write to the bot, and a person will answer.
page-version = Privacy notice { $version }

### What whoever asked for an export is told
sessions-export-done = 📦 { $project }: export { $id } can be fetched until { $until }. Sessions in it: { $sessions }. Fetch it in the console, or with: retention export get { $id }
sessions-export-failed = ⚠️ { $project }: export { $id } could not be written, and nothing of it is left. See why in the console, or with: retention export show { $id }
sessions-export-destroyed = 🗑 { $project }: export { $id } was destroyed, because something in it was deleted. Ask for it again if you still need it. Delete the copies that you fetched.
schedule-ended = 🗓 { $project }: the schedule of exports { $id } has ended, because it named a person whose data was deleted at their request. If you still need it, make a new one that does not name them.
account-reset = 🔑 { $project }: your account in the console was reset. Whoever has the new link signs in as you. If you did not ask for this, tell whoever runs this installation at once.
account-linked = 🔑 { $project }: an account in the console was linked to you. Whoever takes it up acts as you. If you did not expect this, tell whoever runs this installation at once.

### Why a session is kept, and what a hold is on

decision-kept = Kept until { $date }, by { $rule } (policy version { $version }).
decision-by-base = the base period
decision-by-extension = a decision of a supervisor
decision-by-rule = the rule { $rule }
decision-base = The base period
decision-rule = The rule { $rule }
decision-pack-rule = The rule { $rule } (pack { $pack })
decision-baseline = { $rule } keeps { $period } from { $start }, which is until { $date }.
decision-cap = { $rule } keeps at most { $period } from { $start }, which is until { $date }.
decision-minimum = { $rule } keeps at least { $period } from { $start }, which is until { $date }.
decision-extended = A supervisor extended it to { $date }.
decision-from-closure = the closure on { $date }
decision-from-last-message = the last message on { $date }
decision-from-majority = the coming of age on { $date }
decision-from-event = the event { $event } on { $date }
decision-from-event-latest = the latest date that { $event } can have, { $date }
decision-because = Reason: { $reason }.
decision-duty-legal = This is a duty by law.
decision-duty-contract = This is a duty by contract.
decision-source = Source: { $source }.
decision-decides = This decides.
decision-outweighed-legal = The legal minimum of the rule { $rule } outweighs it.
decision-outweighed = The minimum of the rule { $rule } outweighs it.
decision-stricter = A stricter period applies.
decision-spread = { $period } more: every session has its own fixed time within the day, so that not all end at once.
target-session = session { $id }
target-subject = every session of subject { $id }
target-all = every session
target-query = every session: { $which }
target-tagged = tagged { $tag }
target-from = opened from { $date }
target-before = opened until { $date }

### Why an act was refused, and what to do next

refused-not-found = What this is about is not here any more. /info in the session’s topic shows how it stands.
refused-not-allowed = You may not do this here. Ask an administrator.
refused-phase-conflict = As things stand this cannot be done. /info in the session’s topic shows how it stands.
refused-already-decided = Somebody was faster: this is decided already. There is nothing more to do.
refused-wrong-round = The review has gone on to another round. Decide on its newest card.
refused-held = A hold cut this round of the review short. Once it is released, a new round begins with a card of its own.
refused-deletion-began = The deletion has begun and cannot be stopped.
refused-input-invalid = This cannot be understood as it is written. Type / to see an example of each command.
refused-key-destroyed = This customer’s data is erased: nothing of it can be read any more, and nothing added.
refused-rows-changed = Something changed at the same moment, so nothing was done. Try again.
refused-away = Something that this needs does not answer just now, so nothing was done. Try again in a few minutes. If it stays so, tell an operator.
refused-broken = Something is wrong in this installation, so nothing was done. Tell an operator: the service log says what it is.
refused-standing-open = This session is open.
refused-standing-closed = This session is closed.
refused-standing-archiving = This session is closed and is being archived.
refused-standing-archived = This session is archived.
refused-standing-review = This session is archived, and its deletion is under review.
refused-standing-restricted = This session is kept by law against an erasure request, for compliance alone.
refused-standing-deleting = The deletion of this session began on { $date } and cannot be stopped.
refused-standing-deleted = This session is deleted.
refused-act-close = Only an open session can be closed.
refused-act-reopen = Only a closed one can be opened again, for a while; later the customer’s next message begins a new one.
refused-act-tag = Its tags stay as they are.
refused-act-hold = It can no longer be held.
refused-act-decide = Only a session in review is decided on.
refused-act-answer = So your answer was not sent. The customer’s next message begins a new session with a topic of its own.
refused-act-transfer = So nobody can be made responsible for it.
refused-act-silence = No more answers go out from it.
refused-act-note = So your note was not kept. Write it in a newer session of this customer.
refused-act-take-back = So the answer cannot be taken back.
refused-act-change = So it stays as it is.
refused-anonymous = You write as an anonymous administrator, so nobody can tell who it was, and nothing was done. Turn off “Remain anonymous” in your rights in this group and send it again.
refused-not-on-staff = You are not on the list of those who work here. Ask an administrator to add you.
refused-needs-role = You are not on the list for this. It is for { $roles }; you are listed among { $have }. Ask an administrator.
refused-unknown-command = There is no such command. Commands here: { $commands }
refused-session-unknown = There is no such session here. It may be deleted: look it up in the console.
refused-button-unknown = This button does not lead anywhere any more. /info shows the card anew.
refused-several-people = Several people take part here: send the command as a reply to a message of the one you mean.
refused-note-empty = A note needs words. Example: /note calls back on Monday
refused-note-about-whom = Several people take part here: write the note as a reply to a message of the one it is about.
refused-not-an-answer = Reply with /delete to the answer that is to be taken back. What customers wrote, notes, and what is archived stay.
refused-not-a-tag = That is not a tag. A tag is one word of small letters a to z, digits, - and _, and begins with a letter. Example: /tag refund
refused-tag-keeps-no-longer = This tag does not keep the session longer. Choose another, keep it 30 days more, or hold it.
refused-no-tag-keeps-longer = No tag that the policy names would keep this session longer. Keep it 30 days more, or hold it.
refused-hold-without-reason = A hold needs a reason. Example: /hold claim 4711
refused-nothing-held = Nothing holds this session, so there is nothing to release.
refused-wider-hold = This session has no hold of its own: hold { $hold } is on several sessions. Release that one in the console, under Holds.
refused-waits-already = This waits for a second person already. They approve it on its card in Telegram or in the console.
refused-audit-word = The reason goes into the audit log, which takes no free text. Give one word or a ticket number, such as TICKET-4711, and write the rest as a /note.
refused-banned-already = This customer is banned already. /unban lifts it.
refused-not-banned = This customer is not banned: what they write is taken. /ban takes nothing more from them.
refused-no-own-customer = Several people take part here, so it is not clear who is meant. Correct it in the console, on the page of that customer.
refused-not-a-jurisdiction = That place is not known here. Choose one of: { $known }. Example: /jurisdiction EU
refused-not-answering = This colleague does not answer customers here. /transfer alone shows everybody who does.
refused-nobody-answers = Nobody on the staff of this project answers customers yet. Ask an administrator to add somebody.
refused-colleague-unknown = Nobody who answers customers here is known under that name. /transfer alone shows everybody as buttons; /transfer me takes the session yourself.
refused-request-unknown = There is no such request here. Open ones are in the console, under Second person.
refused-request-decided = This request is decided already. { $how }
refused-asked-yourself = You asked for this yourself, or a token of yours did: a second person has to approve it. You can take it back with Refuse.
refused-approved-yourself = You approved this deletion already: a second person has to approve it too.
refused-policy-outdated = Another policy is in force since this was asked for. Refuse this request; whoever asked plans the change again.
refused-nothing-waits = Nothing waits for a decision.
refused-nothing-else-waits = Nothing else waits for a decision.
refused-nothing-by-rule = Nothing waits by this rule any more. Go back to the digest.
refused-summary-unknown = This summary is too old, and nothing was approved. Go back to the digest for a new one.
refused-not-paused = The deletions are not paused: there is nothing to resume.
