import * as v from 'valibot'
import type { Clocks } from '#runtime/clock.ts'
import { readConfiguration } from '#runtime/configuration.ts'
import type { Management } from '#runtime/management.ts'
import type { Chats } from './chats.ts'
import { signInWholly } from './clients/edge-account.ts'
import type { Crowd } from './crowd.ts'
import { ramp } from './ramp.ts'

/**
 * What the lab may ask a load host. Users are meant by their index.
 * - `register {count, perSecond, from?}`, `signIn {count, perSecond}`, `call {targets, perSecond}` (user n calls the n-th),
 *   `chat {pairs, perSecond}`, `hangUp {count, perSecond}`, `unregister {count, perSecond}`: begun and answered at once
 * - `quiet`: calls stop sending
 * - `progress` → `{ underWay, registered, callsUp, chatsUp, done, failures, lost }`
 * - `measures` → `{ stages, failures, audio, transit, lateness }`
 */
export function loadManagement(parts: { crowd: Crowd; chats: Chats; clocks: Clocks; signal: AbortSignal }): Management {
  const { crowd, chats, clocks, signal } = parts
  let underWay = 0
  let done = 0
  const begin = (count: number, perSecond: number, act: (index: number) => Promise<unknown>) => {
    underWay++
    const counted = async (index: number) => {
      await act(index)
      done++
    }
    const options = { count, perSecond, atOnce: mostAtOnce, clock: clocks.monotonic, signal }
    void ramp(options, counted).finally(() => underWay--)
  }
  return {
    async register(parameters: unknown) {
      const { count, perSecond, from } = readConfiguration('register', countAndRate, parameters)
      begin(count, perSecond, (index) => crowd.register(from + index))
    },
    async signIn(parameters: unknown) {
      const { count, perSecond } = readConfiguration('signIn', countAndRate, parameters)
      begin(count, perSecond, (index) => signInWholly(crowd.account(index)))
    },
    async call(parameters: unknown) {
      const { targets, perSecond } = readConfiguration('call', targetsAndRate, parameters)
      begin(targets.length, perSecond, (index) => crowd.call(index, targets[index]!))
    },
    async chat(parameters: unknown) {
      const { count, perSecond } = readConfiguration('chat', countAndRate, parameters)
      begin(count, perSecond, (index) => chats.begin(index))
    },
    async hangUp(parameters: unknown) {
      const { count, perSecond } = readConfiguration('hangUp', countAndRate, parameters)
      begin(count, perSecond, (index) => crowd.hangUp(index))
    },
    async unregister(parameters: unknown) {
      const { count, perSecond } = readConfiguration('unregister', countAndRate, parameters)
      begin(count, perSecond, (index) => crowd.unregister(index))
    },
    async quiet() {
      crowd.quiet()
    },
    async progress() {
      return {
        underWay,
        done,
        registered: crowd.registered,
        callsUp: crowd.callsUp,
        chatsUp: chats.up,
        failures: crowd.measures.failureCount,
        lost: { ...crowd.lost, chats: chats.lost },
      }
    },
    async measures() {
      return {
        stages: crowd.measures.stages(),
        failures: crowd.measures.failures(),
        audio: crowd.audio(),
        transit: crowd.transit.percentiles(),
        lateness: crowd.pacer.lateness.percentiles(),
      }
    },
  }
}

/** Under way at one time: where a deployment is slower than the ramp, the ramp slows down and nobody waits too long. */
const mostAtOnce = 60

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000))
const perSecond = v.pipe(v.number(), v.minValue(0.1), v.maxValue(10_000))
const countAndRate = v.strictObject({ count, perSecond, from: v.optional(count, 0) })
const targetsAndRate = v.strictObject({ targets: v.pipe(v.array(v.string()), v.maxLength(10_000)), perSecond })
