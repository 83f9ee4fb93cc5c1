import type { Random } from '#runtime/random.ts'
import { NoCommonMedia } from '../media/audio-stream.ts'
import type { CallBook } from './calls.ts'
import type { SipHead } from './sip-head.ts'
import { answerTo } from './sip-head.ts'

export interface FrontAnswers {
  readonly book: CallBook
  readonly random: Random
  /** Our Contact for answers within a dialog. */
  readonly contact: () => string
}

/**
 * Answers what SIP.js cannot: it refuses UPDATE with 405, which Unified CM uses, and drops `REFER` with a `cid:` URI,
 * Unified CM's remote call control, without any answer.
 */
export function answerInFront(options: FrontAnswers, head: SipHead): string | undefined {
  if (head.method === 'UPDATE') return answerUpdate(options, head)
  return answerReferral(options, head)
}

/** Answers what has to do with REFER, of which no library knows Cisco's kind: what becomes of ours, and Unified CM's. */
export function answerReferral(options: FrontAnswers, head: SipHead): string | undefined {
  if (head.method === 'NOTIFY' && /^refer\b/i.test(head.values('Event')[0] ?? '')) return answerNotify(options, head)
  const isRemoteControl = head.method === 'REFER' && head.values('Refer-To').some((value) => /<?\s*cid:/i.test(value))
  if (!isRemoteControl) return undefined
  return answerTo(head, {
    status: 202,
    reason: 'Accepted',
    toTag: options.random.hex(10),
    headers: [`Contact: ${options.contact()}`],
  })
}

/** RFC 3515: a piece of a response tells how far our REFER got; Unified CM's remote call control has a code in XML. */
function answerNotify({ book, random }: FrontAnswers, head: SipHead): string {
  const toTag = random.hex(10)
  const call = book.bySipCallId(head.callId)
  if (call === undefined) return answerTo(head, { status: 481, reason: 'Subscription Does Not Exist', toTag })
  const status = /^SIP\/2\.0 (\d{3})/.exec(head.body)?.[1] ?? /<code>(\d{3})<\/code>/.exec(head.body)?.[1]
  if (status !== undefined) call.referral = Number(status)
  return answerTo(head, { status: 200, reason: 'OK', toTag })
}

function answerUpdate({ book, random, contact }: FrontAnswers, head: SipHead): string {
  const toTag = random.hex(10)
  const call = book.bySipCallId(head.callId)
  if (call === undefined || call.state === 'ended') {
    return answerTo(head, { status: 481, reason: 'Call/Transaction Does Not Exist', toTag })
  }
  const accepted = { status: 200, reason: 'OK', toTag, headers: [`Contact: ${contact()}`] }
  if (head.body === '' || call.audio === undefined) return answerTo(head, accepted)
  try {
    call.audio.takeOffer(head.body)
    const headers = [...accepted.headers, 'Content-Type: application/sdp']
    return answerTo(head, { ...accepted, headers, body: call.audio.answer() })
  } catch (error) {
    if (error instanceof NoCommonMedia) return answerTo(head, { status: 488, reason: 'Not Acceptable Here', toTag })
    throw error
  }
}
