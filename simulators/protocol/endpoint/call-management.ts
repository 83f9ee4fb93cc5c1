import type { CallBook, CallState } from './calls.ts'
import { reportCall } from './calls.ts'
import { mediaManagement } from './media-management.ts'
import { confer, refer } from './referrals.ts'
import { holdCall } from './hold.ts'
import { refreshSession, sessionHeaders, updateSession } from './session-refresh.ts'
import type { AnswerRules, CallWishes, TelephoneLine } from './telephone-line.ts'
import { serviceLine } from './telephone-line.ts'

export interface CallManagement {
  readonly calls: CallBook
  readonly rules: AnswerRules
  /** Throws where the phone is not registered. */
  readonly line: () => TelephoneLine
}

/** The methods of an endpoint that have to do with calls; the same for every kind. */
export function callManagement({ calls, rules, line }: CallManagement) {
  return {
    ...mediaManagement({ calls, line }),
    async call({ to, toneHz, sessionExpires, ...wishes }: CallParameters) {
      const timer = sessionExpires === undefined ? [] : sessionHeaders(sessionExpires)
      const headers = [...(wishes.headers ?? []), ...timer]
      const call = await line().call(to, toneHz ?? rules.toneHz, { ...wishes, headers })
      if (sessionExpires !== undefined && wishes.refreshes !== false)
        refreshSession(serviceLine(line()), call, sessionExpires, calls.clocks)
      return { callId: call.id }
    },
    /** A call that rings here. */
    async answer({ callId }: { callId?: string }) {
      await line().answer(calls.find(callId))
    },
    async setAnswer({ mode }: { mode: AnswerRules['mode'] }) {
      if (!answerModes.includes(mode)) throw new Error(`the answer mode is one of ${answerModes.join(', ')}`)
      rules.mode = mode
    },
    /** Tone of the live calls and of those to come. */
    async setTone({ hz }: { hz: number }) {
      rules.toneHz = hz
      for (const call of calls.live) call.audio?.setTone(hz)
    },
    async waitCall({
      callId,
      state,
      limitMs = 5_000,
    }: {
      callId?: string
      state: CallState | 'held'
      limitMs?: number
    }) {
      return reportCall(await calls.wait(callId, state, limitMs))
    },
    async hangUp({ callId }: { callId?: string }) {
      await line().hangUp(calls.find(callId))
    },
    async hold({ callId }: { callId?: string }) {
      return holdCall(serviceLine(line()), calls.find(callId), { isHeld: true, clocks: calls.clocks })
    },
    async resume({ callId }: { callId?: string }) {
      return holdCall(serviceLine(line()), calls.find(callId), { isHeld: false, clocks: calls.clocks })
    },
    /** UPDATE with an offer (RFC 3311); its final response. */
    async update({ callId }: { callId?: string }) {
      return updateSession(serviceLine(line()), calls.find(callId))
    },
    /** Telephone events of RFC 4733 in the audio, `0`-`9`, `*`, `#`, `A`-`D`. */
    async sendDigits({ callId, digits }: { callId?: string; digits: string }) {
      const { audio, id } = calls.find(callId)
      if (audio === undefined) throw new Error(`${id} has no audio`)
      audio.sendDigits(digits)
    },
    /** Blind: REFER to a number. Attended: to the call `consultation`, by default the newest one, which is replaced. */
    async transfer({ callId, to, attended = false, consultation }: TransferParameters) {
      const first = calls.find(callId ?? firstOf(calls))
      const referral = attended ? { replaces: calls.find(consultation) } : { to: to ?? '' }
      return refer(serviceLine(line()), first, referral, calls.clocks)
    },
    /** The soft key Conference: the party of `callId`, that of `consultation` (by default the newest call) and ourselves. */
    async conference({ callId, consultation }: TransferParameters) {
      return confer(serviceLine(line()), calls.find(callId ?? firstOf(calls)), calls.find(consultation), calls.clocks)
    },
    async calls() {
      return calls.all.map(reportCall)
    },
    async audio({ callId, heardForMs = 500 }: { callId?: string; heardForMs?: number }) {
      const { audio, id } = calls.find(callId)
      if (audio === undefined) throw new Error(`${id} has no audio`)
      return audio.report(heardForMs)
    },
  }
}

interface CallParameters extends CallWishes {
  readonly to: string
  readonly toneHz?: number
  /** Seconds: the INVITE asks for a session of this length, which this endpoint refreshes (RFC 4028). */
  readonly sessionExpires?: number
  /** False: it forgets to. */
  readonly refreshes?: boolean
}

interface TransferParameters {
  readonly callId?: string
  readonly to?: string
  readonly attended?: boolean
  readonly consultation?: string
}

function firstOf(calls: CallBook): string | undefined {
  return calls.live[0]?.id
}

const answerModes: ReadonlyArray<AnswerRules['mode']> = [
  'auto',
  'ring',
  'busy',
  'reject',
  'early media',
  'crossing',
  'silent',
]
