import type { SipResponse } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { Session, SessionEnd, SessionUser } from '#simulators/protocol/sip/session.ts'
import type { CallAudio } from '../audio/call-audio.ts'
import { readDescription, writeDescription } from '../audio/description.ts'
import type { Line } from './line.ts'

/** One end of a call with its audio. */
export interface LoadCall {
  readonly audio: CallAudio
  readonly session: Session
}

export interface CallEvents {
  /** Not by this side. */
  readonly onEnded: (call: LoadCall, why: string) => void
}

/** Calls a number and sends audio when it is answered; rejects with what it was refused with. Audio is closed then. */
export async function placeCall(line: Line, to: string, audio: CallAudio, events: CallEvents): Promise<LoadCall> {
  try {
    return await attempt(line, to, audio, events, undefined)
  } catch (error) {
    const challenge = error instanceof Refused && error.isChallenge ? error.response : undefined
    if (challenge === undefined) {
      await audio.close()
      throw error
    }
    return attempt(line, to, audio, events, challenge).catch(async (again: unknown) => {
      await audio.close()
      throw again
    })
  }
}

/** Answers a call at once; resolves when the caller has acknowledged, or gave up (undefined). */
export async function takeCall(
  line: Line,
  transaction: ServerTransaction,
  openAudio: () => Promise<CallAudio>,
  events: CallEvents,
): Promise<LoadCall | undefined> {
  const offer = readDescription(transaction.request.body.toString())
  if (offer === undefined) {
    transaction.respond({ status: 488, toTag: 'none' })
    return undefined
  }
  return new Promise((resolve) => {
    let call: LoadCall | undefined
    const user: SessionUser = {
      onAcknowledged: () => {
        if (call === undefined) return
        call.audio.connect(offer)
        resolve(call)
      },
      onCancelled: () => resolve(undefined),
      onRequest: (request, within) => call && answerWithin(line, call, request.body.toString(), within),
      onEnded: (end) => (call === undefined ? resolve(undefined) : events.onEnded(call, wordsOf(end))),
    }
    const session = line.agent.acceptInvite(transaction, user)
    session.respond({ status: 180, extra: [['Contact', `<${line.contactUri}>`]] })
    openAudio().then(
      (audio) => {
        call = { audio, session }
        session.respond({
          status: 200,
          extra: [['Contact', `<${line.contactUri}>`]],
          content: descriptionOf(audio),
        })
      },
      () => session.end({ status: 500 }),
    )
  })
}

class Refused extends Error {
  readonly response: SipResponse | undefined

  constructor(status: number, response: SipResponse | undefined) {
    super(`${status} ${response?.reason ?? ''}`.trim())
    this.response = response
  }

  get isChallenge(): boolean {
    return this.response?.status === 401 || this.response?.status === 407
  }
}

function attempt(
  line: Line,
  to: string,
  audio: CallAudio,
  events: CallEvents,
  challenge: SipResponse | undefined,
): Promise<LoadCall> {
  return new Promise((resolve, reject) => {
    const tag = line.newTag()
    const request = line.invitation(to, tag, { content: descriptionOf(audio), challenge })
    let call: LoadCall | undefined
    const session: Session = line.agent.call(request, {
      link: line.link,
      localTag: tag,
      user: {
        onAnswered: (response) => {
          session.acknowledge()
          const answer = readDescription(response.body.toString())
          if (answer === undefined) {
            session.end()
            return reject(new Error('the answer has no audio'))
          }
          audio.connect(answer)
          call = { audio, session }
          resolve(call)
        },
        onRefused: (status, response) => reject(new Refused(status, response)),
        onRequest: (again, within) => answerWithin(line, { audio, session }, again.body.toString(), within),
        onEnded: (end) => (call === undefined ? reject(new Error(wordsOf(end))) : events.onEnded(call, wordsOf(end))),
      },
    })
  })
}

/** Re-INVITE and UPDATE: audio goes where the new description says, ours stays. */
function answerWithin(line: Line, { audio, session }: LoadCall, offer: string, transaction: ServerTransaction): void {
  const remote = readDescription(offer)
  if (remote !== undefined) audio.connect(remote)
  const { method } = transaction.request
  const content = offer === '' && method !== 'INVITE' ? {} : { content: descriptionOf(audio) }
  const parts = { status: 200, extra: [['Contact', `<${line.contactUri}>`] as const], ...content }
  if (method === 'INVITE') session.answerInvite(transaction, parts)
  else transaction.respond(parts)
}

function descriptionOf(audio: CallAudio) {
  return { type: 'application/sdp', body: writeDescription(audio.own, 1) }
}

function wordsOf(end: SessionEnd): string {
  return end.by === 'peer' ? 'ended by the other side' : end.by
}
