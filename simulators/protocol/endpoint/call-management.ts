import type { CallBook, CallState } from './calls.ts'
import { reportCall } from './calls.ts'
import type { AnswerRules, TelephoneLine } from './telephone-line.ts'

export interface CallManagement {
  readonly calls: CallBook
  readonly rules: AnswerRules
  /** Throws where the phone is not registered. */
  readonly line: () => TelephoneLine
}

/** The methods of an endpoint that have to do with calls; the same for every kind. */
export function callManagement({ calls, rules, line }: CallManagement) {
  return {
    async call({ to, toneHz }: { to: string; toneHz?: number }) {
      const call = await line().call(to, toneHz ?? rules.toneHz)
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
      return line().setHold(calls.find(callId), true)
    },
    async resume({ callId }: { callId?: string }) {
      return line().setHold(calls.find(callId), false)
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

const answerModes: ReadonlyArray<AnswerRules['mode']> = ['auto', 'ring', 'busy', 'reject']
